"""What AEP sends: profiles, identities, audience membership, times. Pure.

Decisions: docs/decisions.md#aep
"""
