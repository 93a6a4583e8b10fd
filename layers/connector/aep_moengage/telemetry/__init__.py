"""What is counted, measured and traced; never personal data."""
