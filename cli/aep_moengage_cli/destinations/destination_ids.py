"""Destination ids for the shell to complete: those of the stack, if AWS tells them at once."""

from typing import Any

_SECONDS = 2.0  # an operator who waits longer has typed the id


def destination_ids(ctx: Any, incomplete: str) -> list[str]:
    """Returns the ids that begin so; none where they cannot be had. `ctx` has the options that were typed before."""
    from botocore.config import Config  # noqa: PLC0415 # help and completion of options shall not wait for boto3

    from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # as above

    typed = ctx.params
    patience = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 1})
    try:
        stack = find_stack(typed.get("stack_name"), typed.get("region"), typed.get("profile"), patience)
        ids = [active.destination for active in stack.publishing().all_active()]
    except Exception:  # whatever keeps the ids from us, a shell that completes is no place to say it
        return []
    return [each for each in ids if each.startswith(incomplete)]
