"""The two functions, ingest and drain, and what only they need.

Decisions: docs/decisions.md#functions
"""
