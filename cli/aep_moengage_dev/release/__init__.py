"""A release: what is published of a version, the same bytes whenever it is built from the same source."""
