"""The console: the operator's commands as pages in a browser, served on this machine for one operator.

The pages call the functions that the commands call. Installed by the extra `aep-moengage[console]`.
"""
