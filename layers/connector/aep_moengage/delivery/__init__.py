"""Updates become user changes, user changes become requests, answers become results."""
