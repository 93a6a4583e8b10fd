"""The version of this command, and whether it fits a stack's."""

from importlib.metadata import version

VERSION = version("aep-moengage")


def other_version(stack: str, deployed: str | None) -> str | None:
    """Returns what to tell the operator of a stack whose version differs in more than fixes; None if it fits.

    `deployed` is the stack's version as it is in its outputs.
    """
    if deployed is None or _series(deployed) == _series(VERSION):
        return None
    return (
        f"The stack {stack} has version {deployed}, this command version {VERSION}: upgrade the older one "
        f"(`aep-moengage deploy`, or install aep-moengage=={deployed})."
    )


def _series(number: str) -> list[str]:
    return number.split(".")[:2]
