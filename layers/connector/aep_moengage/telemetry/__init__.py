"""What is counted, measured and traced; never personal data.

Decisions: docs/decisions.md#telemetry
"""
