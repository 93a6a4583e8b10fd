"""The connector on this machine: the real template on an emulated AWS, and a MoEngage simulator."""
