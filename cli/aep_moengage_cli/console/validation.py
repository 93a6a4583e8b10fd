"""Validate export: what would be sent of a user beside what MoEngage holds, attribute by attribute."""

from dataclasses import replace

from starlette.responses import Response

from aep_moengage.document.parsing import parse_destination
from aep_moengage_cli.console.pages import Asked
from aep_moengage_cli.console.personal import check_view_profiles, masked
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import profiles_in
from aep_moengage_cli.profiles.comparison import ComparedAttribute
from aep_moengage_cli.profiles.validation import ledger_line, validate


def page(asked: Asked) -> Response:
    """Returns the form."""
    connected = [each.destination for each in Publishing.of(asked.subject.stack).all_active()]
    command = asked.subject.command("validate-export", *(connected[:1] or ["ID"]), "--user", "-")
    return asked.page("validate.html", destinations=connected, command=command)


def compare(asked: Asked) -> Response:
    """Compares a user. The customer id and the payload are in the form, never in an address."""
    stack, destination, user = asked.subject.stack, asked.field("destination"), asked.given("user")
    if not user:
        raise CommandError("Give the user's customer_id.")
    reveal = asked.field("reveal") == "yes"
    if reveal:
        check_view_profiles(stack, [destination])
    parsed = parse_destination(active_version(Publishing.of(stack), destination).document)
    sample = asked.given("sample")
    found = validate(stack, parsed, user, profiles_in(sample) if sample else None)
    rows = found.rows if reveal else [_masked(row) for row in found.rows]
    what = ("-", "--user", user) if sample else ("--user", "-")  # one of them can be read from stdin
    command = asked.subject.command("validate-export", destination, *what)
    ledger = ledger_line(found)
    return asked.page("validated.html", found=found, rows=rows, reveal=reveal, ledger=ledger, command=command)


def _masked(row: ComparedAttribute) -> ComparedAttribute:
    return replace(row, sent=masked(row.sent), held=masked(row.held), without=tuple(masked(list(row.without))))
