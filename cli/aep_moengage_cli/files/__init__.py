"""What an operator writes and hands in: destination files, drafted, read and looked through; and event files."""
