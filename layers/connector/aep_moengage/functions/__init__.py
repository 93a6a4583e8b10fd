"""The functions: ingest and drain, with mutual TLS also truststore, and what only they need.

Decisions: docs/decisions.md#functions
"""
