"""The operator's files: destination files, drafted, read and checked, and event files."""
