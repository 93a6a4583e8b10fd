"""A MoEngage of one's own: the documented contract of its Data APIs on 127.0.0.1, with faults on demand.

A development tool: it shows what a connector sent and what of it MoEngage would have lost, and lets any
answer go wrong.
"""

from aep_moengage_dev.simulator.simulator import Simulator

__all__ = ["Simulator"]
