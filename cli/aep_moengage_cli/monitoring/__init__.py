"""The health of a stack, and what to do next."""
