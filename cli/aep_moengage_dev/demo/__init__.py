"""The main job on this machine: the real stack, its MoEngage broken and healed, and a count of what was lost."""
