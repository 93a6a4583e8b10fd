"""A MoEngage of one's own: the documented contract of its Data APIs on 127.0.0.1, with faults on demand.

A development tool: it shows what a connector sent, which part of it MoEngage would have lost, and it can make any
answer fail.
"""

from aep_moengage_dev.simulator.simulator import Simulator

__all__ = ["Simulator"]
