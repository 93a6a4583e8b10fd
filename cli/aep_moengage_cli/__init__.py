"""The operator's commands. Never part of a Lambda artefact."""
