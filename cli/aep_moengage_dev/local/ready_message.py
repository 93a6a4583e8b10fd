"""What `make up` says when the stack is ready: its addresses and keys, and five lines to try next."""

from collections.abc import Mapping
from pathlib import Path

_COMMAND = ".venv/bin/aep-moengage"


def ready_message(stack: Mapping[str, str | None], file: Path) -> str:
    """Returns the message about a stack, given its description and the file that has it."""
    return "\n".join((*_facts(stack, file), "", "Try:", "", *(f"  {line}" for line in to_try(stack)), "", _CLOSING))


def to_try(stack: Mapping[str, str | None]) -> tuple[str, ...]:
    """Returns the five lines to try next."""
    destination, key = stack["destination"], stack["data_app_key"]
    connect = f"{_COMMAND} connect mine.yaml --local"
    return (
        f"{_COMMAND} send events/batch.json --destination {destination} --local",
        f"{_COMMAND} status --local",
        f"{_COMMAND} trace {destination} --user user-001 --local",
        f"{_COMMAND} init events/batch.json --id mine --data-center 03 --username MINE1234 --output mine.yaml",
        f"echo '{key}' | {connect} --password-stdin" if key else connect,
    )


def _facts(stack: Mapping[str, str | None], file: Path) -> tuple[str, ...]:
    return (
        "",
        f"The local stack is ready. {file} has its addresses and names.",
        "",
        f"  URL for AEP    {stack['endpoint']}",
        f"  token          {stack['token']}",
        f"  MoEngage       {stack['moengage_endpoint']}{_credentials(stack)}",
        f"  the console    {stack['console']} (works once; `{_COMMAND} console --local` opens another)",
    )


def _credentials(stack: Mapping[str, str | None]) -> str:
    key = stack["data_app_key"]
    return f" (a simulator: any DATA APP ID, with the DATA APP KEY {key})" if key else ""


_CLOSING = "Every command that talks to a stack takes --local. `make down` stops the stack."
