"""Chaos: every trouble that MoEngage, the network and Lambda can make, on the emulated stack, and what came of it."""
