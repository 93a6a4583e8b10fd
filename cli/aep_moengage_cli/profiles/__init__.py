"""What becomes of profiles: sent, traced, compared with MoEngage, dead and sent again."""
