"""A profile becomes a decision: attributes, conversions, audiences. Pure.

Decisions: docs/decisions.md#mapping
"""
