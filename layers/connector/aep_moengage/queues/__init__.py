"""The retry queue and the dead-letter queue: messages, custody, disposition.

Decisions: docs/decisions.md#queues
"""
