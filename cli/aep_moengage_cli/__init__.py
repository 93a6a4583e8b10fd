"""The operator's side: commands, the local stack and the MoEngage simulator. Never in a Lambda artefact."""
