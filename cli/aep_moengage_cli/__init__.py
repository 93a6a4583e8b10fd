"""The operator's commands. Never part of a Lambda artefact.

Decisions: docs/decisions.md#aep_moengage_cli
"""
