"""The walk of a new user: every line of the README and the tutorial, in order, in a bare home, with a clock.

`make walk` walks from a clone and from the wheel, and prints the times. `tests/e2e/test_walk.py` is its short cut. The
lines are read from the pages, so the walk changes when they do: a line that is neither run nor known to be left out
fails it.
"""
