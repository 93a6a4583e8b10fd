"""A preview on a terminal: a heading for each profile or event, and a table of what MoEngage would receive."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from aep_moengage.document.destination import AttributeSource, Destination
from aep_moengage_cli.tables import add_row, column, table

type Row = tuple[str, str, Any]  # name, where its value is from, value


def preview_screen(destination: Destination, noun: str, shown: Iterable[Mapping[str, Any]]) -> Iterator[RenderableType]:
    """Yields what is shown of previews, each as `Previewer` returns it; `noun` is profile or event."""
    sources = _sources(destination)
    for each in shown:
        yield _heading(noun, each)
        for request in each["requests"]:
            yield from _request(request["body"], sources)
        for warning in each["warnings"]:
            yield Text(f"  {warning['field'] or noun}: {warning['message']} [{warning['code']}]", style="yellow")


def _heading(noun: str, shown: Mapping[str, Any]) -> Text:
    of = f" of {shown['source']}" if "source" in shown else ""
    why = f": {shown['reason']}" if shown["reason"] else ""
    user = f", user {shown['customer_id']}" if shown["customer_id"] else ""
    return Text(f"{noun} {shown['index']}{of}: {shown['decision']}{why}{user}", style="bold")


def _request(body: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Table]:
    if actions := body.get("actions"):
        for action in actions:
            title = f"event {action['action']}"
            yield _table([(name, "", value) for name, value in action.get("attributes", {}).items()], title)
    else:
        rows = [(name, sources.get(name, ""), value) for name, value in body.get("attributes", {}).items()]
        yield _table(rows, f"MoEngage's {body['type']}")


def _table(rows: Iterable[Row], title: str) -> Table:
    shown = table("attribute", "from", column("value"), title=title)
    for name, source, value in rows:
        add_row(shown, name, source, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return shown


def _sources(destination: Destination) -> dict[str, str]:
    """Returns where each attribute is from, as the destination file says."""
    named = destination.attributes if isinstance(destination.attributes, dict) else {}
    return {name: _source(each) for name, each in named.items()} | {destination.audience_attribute: "audiences"}


def _source(of: AttributeSource) -> str:
    return f"identity {of.identity}" if of.identity else str(of.source)
