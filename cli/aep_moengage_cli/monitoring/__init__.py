"""How a stack fares, and what to do next."""
