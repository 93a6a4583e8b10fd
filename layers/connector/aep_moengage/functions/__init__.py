"""The two functions, ingest and drain, and what only they need."""
