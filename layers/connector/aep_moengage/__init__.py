"""An Adobe Experience Platform destination for MoEngage: what both functions share.

Decisions: docs/decisions.md#layout
"""
