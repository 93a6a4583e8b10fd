"""The operator's commands. No part of a Lambda artefact.

Decisions: docs/decisions.md#aep_moengage_cli
"""
