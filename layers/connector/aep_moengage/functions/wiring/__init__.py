"""Wiring: each function with everything that it works with, made once for each running environment.

A module for each: a function imports only what it needs itself.
"""
