"""The destination document: its fields, its errors, consent and governance. Pure."""
