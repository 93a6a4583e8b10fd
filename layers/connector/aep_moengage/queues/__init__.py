"""The retry queue and the dead-letter queue: messages, custody, disposition."""
