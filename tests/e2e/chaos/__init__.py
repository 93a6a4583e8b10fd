"""Chaos: every fault of MoEngage, the network and Lambda, on the emulated stack, and whether each promise was kept."""
