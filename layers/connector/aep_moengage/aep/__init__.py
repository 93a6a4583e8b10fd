"""What AEP sends: profiles, identities, audience membership, times. Pure."""
