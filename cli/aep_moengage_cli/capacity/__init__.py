"""Capacity: what a load needs of MoEngage and AWS, how long it takes, and what it costs."""
