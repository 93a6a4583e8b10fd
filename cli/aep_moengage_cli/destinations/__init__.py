"""The destinations of a deployed stack: their versions, what changes them, and their credentials."""
