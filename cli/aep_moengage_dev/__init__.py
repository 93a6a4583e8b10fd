"""Development tools: the local stack, the MoEngage simulator, the demo, and the reference pages made from the code.

Decisions: docs/decisions.md#aep_moengage_dev
"""
