"""Updates become user changes, user changes become requests, answers become results.

Decisions: docs/decisions.md#delivery
"""
