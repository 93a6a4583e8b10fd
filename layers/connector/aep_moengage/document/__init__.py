"""The destination document: its fields, its errors, consent and governance. Pure.

Decisions: docs/decisions.md#document
"""
