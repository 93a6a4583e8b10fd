"""Adobe's side: a private Destination SDK destination (a card in Adobe's catalog) in front of the connector."""
