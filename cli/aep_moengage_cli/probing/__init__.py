"""Probing: what MoEngage's documentation leaves open is tried on a workspace, with a test user."""
