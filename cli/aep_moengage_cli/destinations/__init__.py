"""The destinations of a deployed stack: versions, edits, credentials."""
