"""A profile becomes a decision: attributes, conversions, audiences. Pure."""
