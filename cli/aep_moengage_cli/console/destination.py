"""The destination's page: audiences and mapping as form and YAML, the live preview, versions, pause and resume."""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from starlette.responses import Response

from aep_moengage.aep.texts import Transform
from aep_moengage.delivery.updates import Kind
from aep_moengage.document.destination import ValueType
from aep_moengage_cli.console.documents import Edited, EditedDestination, edited
from aep_moengage_cli.console.drafts import Draft
from aep_moengage_cli.console.pages import IMPORT_MAP, Asked
from aep_moengage_cli.console.personal import check_view_profiles
from aep_moengage_cli.console.rows import SHOWN, attribute_of, audience_rows, matching_rows, options_of, rows
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.activation import activate
from aep_moengage_cli.destinations.editing import propose
from aep_moengage_cli.destinations.pausing import paused_version
from aep_moengage_cli.destinations.publishing import PublishedMeanwhile, Publishing
from aep_moengage_cli.destinations.versions import short_name, short_time
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.document_edits import remove_attribute, set_attribute, set_field, set_list
from aep_moengage_cli.files.json_schema import destination_schema
from aep_moengage_cli.profiles.dead_letter_messages import Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_cli.profiles.samples import newest_samples

_CAPTURED = 5  # payloads that are captured as the sample
_TYPED = frozenset({"set", "rename", "type"})  # edits that leave the rows as they are: they follow after a pause


def listed(asked: Asked) -> Response:
    """Returns the destinations; offline, the page of the file."""
    if asked.subject.file:
        return page(asked, "file")
    found = Publishing.of(asked.subject.stack).all_active()
    return asked.page("destinations.html", found=found, command=asked.subject.command("destinations", "list"))


def one(asked: Asked) -> Response:
    """Returns the page of a destination."""
    return page(asked, asked.path("id"))


def page(asked: Asked, identity: str) -> Response:
    """Returns the page of what is edited under an id."""
    document = edited(asked.subject, identity)
    drafted = _draft(document, document.text, document.base, "")
    published = asked.query("published")
    return asked.page(
        "destination.html",
        document=document,
        stored=isinstance(document, EditedDestination),
        import_map=json.dumps(IMPORT_MAP),
        news=document.published_lines(int(published))
        if isinstance(document, EditedDestination) and published.isdigit()
        else ["The file is saved."]
        if asked.query("saved")
        else [],
        problem=None,
        commands=_commands(asked, document),
        **_result(drafted, asked, document.base),
        **_form(drafted, asked),
    )


def draft(asked: Asked) -> Response:
    """Returns the parts of the page that follow from an edit of the text or of the form."""
    document = edited(asked.subject, asked.path("id"))
    text, edit = asked.field("yaml"), asked.field("edit")
    problem = None
    try:
        text = _edited_text(asked, text, edit)
    except (CommandError, yaml.YAMLError) as error:
        problem = str(error) if isinstance(error, CommandError) else "Correct the YAML first."
    drafted = _draft(document, text, asked.field("base"), asked.field("sample"))
    result = _result(drafted, asked, asked.field("base"))
    form = {} if edit in _TYPED else _form(drafted, asked)
    return asked.page("draft.html", document=document, form=bool(form), problem=problem, **result, **form)


def save(asked: Asked) -> Response:
    """Publishes the text as a new version, or saves it to the file."""
    document = edited(asked.subject, asked.path("id"))
    why = asked.given("why")
    if not why:
        raise CommandError("Say why: the version history keeps it.")
    shared = asked.field("share") == "yes"
    try:
        address = document.save(asked.field("yaml"), asked.field("base"), why=why, share_attributes=shared)
    except PublishedMeanwhile as error:
        active = EditedDestination(asked.subject, document.id).active
        return asked.page("conflict.html", 409, lines=error.format_message().splitlines(), active=active)
    return Response(headers={"HX-Redirect": address})


def capture(asked: Asked) -> Response:
    """Returns the newest payloads that arrived for a destination while it was paused, else its newest dead letters."""
    stack, identity = asked.subject.stack, asked.path("id")
    check_view_profiles(stack, [identity])
    profiles = newest_samples(stack, identity, Kind.PROFILES, _CAPTURED) or _dead(stack, identity)
    if not profiles:
        raise CommandError(
            f"There is no sample of {identity}: it was not paused within the last day, and the dead-letter queue has "
            "no profile of it. Paste one, or drop a file."
        )
    return asked.page("captured.html", sample=json.dumps(profiles, indent=2, ensure_ascii=False))


def _dead(stack: Stack, destination: str) -> list[Any]:
    found = DeadLetterQueue.of(stack).look(Selection(destination=destination), most=1_000).messages
    return [message.payload for message in found if message.redrivable][-_CAPTURED:]


def versions(asked: Asked) -> Response:
    """Returns the versions of a destination, newest first."""
    identity = asked.path("id")
    found = Publishing.of(asked.subject.stack).versions(identity)
    shown = [(each, short_time(each.when), short_name(each.who)) for each in found]
    return asked.page("versions.html", id=identity, versions=shown, command=asked.subject.command("history", identity))


def version(asked: Asked) -> Response:
    """Returns what a rollback to a version would change."""
    document = EditedDestination(asked.subject, asked.path("id"))
    number = asked.path("number")
    change = propose(document.active, document.version(number).document)
    return asked.page(
        "version.html",
        id=document.id,
        number=number,
        base=document.base,
        lines=change.lines,
        command=asked.subject.command("rollback", document.id, number),
    )


def rollback(asked: Asked) -> Response:
    """Publishes the document of an earlier version again."""
    document = EditedDestination(asked.subject, asked.path("id"))
    number, why = asked.path("number"), asked.given("why")
    change = propose(document.version(asked.field("base")), document.version(number).document)
    why = why or f"rollback to version {number}"
    address = document.publish(change, why=why, share_attributes=asked.field("share") == "yes")
    return Response(headers={"HX-Redirect": address})


def pause(asked: Asked) -> Response:
    """Pauses or resumes a destination."""
    identity, paused = asked.path("id"), asked.field("paused") == "yes"
    why = asked.given("why") or ("pause" if paused else "resume")
    paused_version(asked.subject.stack, identity, paused, why=why)
    return Response(headers={"HX-Redirect": f"/destinations/{identity}"})


def schema(_: Asked) -> Response:
    """Returns the JSON Schema of a destination file, which completes names and values in the editor."""
    return Response(destination_schema(), media_type="application/schema+json")


def _draft(document: Edited, text: str, base: str, sample: str) -> Draft:
    before, name = document.before(base)
    return Draft(text, sample, before, document.endpoint, (name, "edited"))


def _form(drafted: Draft, asked: Asked) -> dict[str, Any]:
    """Returns the rows of the form, and what completes their sources."""
    wanted, number = asked.field("wanted"), int(asked.given("page") or 0)
    return {
        "rows": rows(drafted.content, wanted, number),
        "wanted": wanted,
        "number": number,
        "audiences": audience_rows(drafted.content),
        "types": list(ValueType),
        "transforms": list(Transform),
        "sources": drafted.sources,
    }


def _result(drafted: Draft, asked: Asked, base: str) -> dict[str, Any]:
    """Returns what follows from a text: its problems, the preview, and the difference."""
    chosen = min(max(int(asked.given("profile") or 1), 1), max(len(drafted.profiles), 1))
    previewed = drafted.preview(chosen)
    state = {
        "yaml": drafted.text,
        "base": base,
        "problems": [
            {"kind": each.kind, "path": each.path, "place": each.place, "message": each.message}
            for each in drafted.problems
        ],
        "changed": bool(drafted.difference) or drafted.before is None,
        "usable": drafted.destination is not None,
    }
    return {
        "draft": drafted,
        "state_json": json.dumps(state, ensure_ascii=True).replace("<", "\\u003c"),
        "chosen": chosen,
        "previewed": previewed,
        "explained": matching_rows(previewed.attributes, asked.field("wanted")) if previewed else [],
        "most": SHOWN,
    }


def _edited_text(asked: Asked, text: str, edit: str) -> str:
    """Returns the text after an edit in the form."""
    fields = {name: asked.field(name) for name in ("name", "before", "source", "type", "transform", "default")}
    content = Draft(text).content
    match edit:
        case "set" | "rename":
            return set_attribute(text, *_attribute(fields, content), before=fields["before"])
        case "add":
            name, attribute = _attribute(fields, content)
            if not name or not fields["source"].strip():
                raise CommandError("Give the new attribute a name and a source.")
            return set_attribute(text, name, attribute)
        case "remove":
            return remove_attribute(text, fields["before"])
        case "activate" | "deactivate" | "rename-audience":
            return _with_audiences(asked, text, edit, content)
    return text


def _attribute(fields: Mapping[str, str], content: Mapping[str, Any]) -> tuple[str, Any]:
    name, before = fields["name"].strip(), fields["before"]
    if name != before and name in (content.get("attributes") or {}):
        raise CommandError(f"The attribute {name} exists already.")
    return name or before, attribute_of(fields, options_of(content, before))


def _with_audiences(asked: Asked, text: str, edit: str, content: Mapping[str, Any]) -> str:
    """Returns the text with an audience added, removed or renamed, as `activate` does it."""
    identity, name, namespace = (asked.field(field).strip() for field in ("audience", "title", "namespace"))
    which = f"{identity}@{namespace or 'ups'}"
    if edit == "activate":
        changes = {"add": [f"{identity}{f'={name}' if name else ''}@{namespace or 'ups'}"], "remove": []}
    elif edit == "deactivate":
        changes = {"add": [], "remove": [which]}
    else:
        changes = {"add": [], "remove": [], "rename": [f"{which}={name}"]}
    audiences = activate(content.get("audiences", []), **changes)
    return (
        set_list(text, "audiences", audiences)
        if isinstance(audiences, list)
        else set_field(text, "audiences", audiences)
    )


def _commands(asked: Asked, document: Edited) -> list[str]:
    """Returns the commands that do the same: to edit and publish, to pause or resume; to preview a file."""
    subject = asked.subject
    if not isinstance(document, EditedDestination):
        return [subject.command("preview", "--destination", str(subject.file), "-")]
    file = f"{document.id}.yaml"
    edit = f'{subject.command("destinations", "show", document.id)} > {file} && "${{EDITOR:-vi}}" {file}'
    pause = "resume" if document.active.paused else "pause"
    return [f"{edit} && {subject.command('apply', file)}", subject.command(pause, document.id)]
