"""Destination ids for shell completion."""

import typer

_SECONDS = 2.0  # an operator who waits longer has typed the id


def destination_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the ids that begin with `incomplete`; none if AWS doesn't return them in time."""
    from botocore.config import Config  # noqa: PLC0415 # help and completion of options must not wait for boto3

    from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # as above
    from aep_moengage_cli.destinations.publishing import Publishing  # noqa: PLC0415 # as above

    typed = ctx.params
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 1})
    try:
        name, region, profile = (typed.get(each) for each in ("stack_name", "region", "profile"))
        stack = find_stack(ctx, name, region, profile, config, local=bool(typed.get("local")))
        ids = [active.destination for active in Publishing.of(stack).all_active()]
    except Exception:  # completion has no place to show an error
        return []
    return [each for each in ids if each.startswith(incomplete)]
