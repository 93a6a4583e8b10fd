"""What happened to profiles: sending, traces, dead letters, comparison with MoEngage."""
