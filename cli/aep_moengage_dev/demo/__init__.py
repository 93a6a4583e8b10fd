"""The demo: deploys the real stack on this machine, breaks and repairs its MoEngage, and counts what was lost."""
