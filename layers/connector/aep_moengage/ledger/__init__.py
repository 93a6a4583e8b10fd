"""What MoEngage holds of each user and what is on its way there.

Decisions: docs/decisions.md#ledger
"""
