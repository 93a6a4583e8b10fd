"""What MoEngage takes: records, limits, requests, responses. Over the network: client, circuit breakers, rate limit.

Decisions: docs/decisions.md#moengage
"""
