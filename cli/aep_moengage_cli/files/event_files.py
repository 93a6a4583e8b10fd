"""Event files: bodies as AEP sends them, Lambda events that hold such bodies, or one profile a line (NDJSON)."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.aep.events import read_events
from aep_moengage.queues.dead_letters import parse_dead_letter
from aep_moengage.queues.retry_messages import parse_retry_message
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import ENCODING
from aep_moengage_cli.terminal import read_input

STANDARD_INPUT = "-"
DEFAULT_BATCH = 50  # profiles; ingest queues larger requests as a whole
_OF_LINES = (".jsonl", ".ndjson")  # what the names of files with a profile a line end in
_SEVERAL = "it holds several JSON documents: put them in one array, or name the file .jsonl if it has one on each line"


def read_bodies(name: str, batch: int = DEFAULT_BATCH) -> Iterator[str]:
    """Yields the AEP bodies in a file (`-` is standard input); of a .jsonl or .ndjson file, `batch` lines to a body.

    Any other content is yielded unchanged, for the reader of bodies to report.

    Raises:
        CommandError: if the file can't be read, or a line of it is not JSON.
    """
    try:
        if name.lower().endswith(_OF_LINES):
            yield from _batches_of_lines(name, batch)
        else:
            yield from _unwrapped(read_input() if name == STANDARD_INPUT else Path(name).read_text(ENCODING))
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or 'cannot be read'}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{name}: is not UTF-8.") from None
    except binascii.Error:
        raise CommandError(f"{name}: the body is marked as base64, but is not base64.") from None


def read_profiles(names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yields the profiles of files, each with the name of its file.

    Raises:
        CommandError: if a file can't be read, or a body in it holds no profiles.
    """
    return _read(names, read_body)


def profiles_in(text: str) -> list[Any]:
    """Returns the profiles in a text that is written as an event file is, or holds a profile on each line.

    Raises:
        CommandError: if it holds no profiles.
    """
    try:
        return [profile for body in _unwrapped(text) for profile in read_body(body)]
    except MalformedBody as error:
        if _holds_several(text):
            return [json.loads(line) for line in _profile_lines("the sample", iter(text.splitlines()))]
        raise CommandError(f"The sample: {error}.") from None
    except (binascii.Error, UnicodeDecodeError):
        raise CommandError("The sample: the body is marked as base64, but is not base64.") from None


def read_experience_events(names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yields the ExperienceEvents of files, in whatever shape, each with the name of its file.

    Raises:
        CommandError: if a file can't be read, or a body in it holds no events.
    """
    return _read(names, read_events)


def read_samples(names: Iterable[str], is_event: Callable[[Any], bool]) -> tuple[list[Any], list[Any]]:
    """Returns the profiles and the events of files; a body holds events if all that is in it are events.

    Raises:
        CommandError: if a file can't be read, or a body in it holds neither.
    """
    profiles: list[Any] = []
    events: list[Any] = []
    for name in names:
        for body in read_bodies(name):
            try:
                found = read_events(body)
            except MalformedBody:
                found = []
            if found and all(map(is_event, found)):
                events += found
            else:
                profiles += _elements(name, body, read_body)
    return profiles, events


def _read(names: Iterable[str], read: Callable[[str], list[Any]]) -> Iterator[tuple[str, Any]]:
    for name in names:
        for body in read_bodies(name):
            for each in _elements(name, body, read):
                yield name, each


def _elements(name: str, body: str, read: Callable[[str], list[Any]]) -> list[Any]:
    try:
        return read(body)
    except MalformedBody as error:
        raise CommandError(f"{name}: {_SEVERAL if _holds_several(body) else error}.") from None


def _batches_of_lines(name: str, batch: int) -> Iterator[str]:
    with Path(name).open(encoding=ENCODING) as lines:
        for profiles in batched(_profile_lines(name, lines), batch):
            yield f"[{','.join(profiles)}]"


def _profile_lines(name: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            raise CommandError(f"{name}: line {number} is not JSON.") from None
        yield line.strip()


def _holds_several(body: str) -> bool:
    """Whether another JSON document follows the first."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return error.msg == "Extra data" and body[error.pos] in "{["
    except (ValueError, RecursionError):
        pass
    return False


def _unwrapped(text: str) -> Iterator[str]:
    match _json(text):
        case {"requestContext": dict(), **event}:
            body = str(event.get("body") or "")
            yield base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
            for record in records:
                yield _message_body(str(record.get("body") or ""))
        case {"Records": [{"eventSource": "aws:kinesis"}, *_] as records}:
            for record in records:
                yield base64.b64decode(str(record["kinesis"]["data"]), validate=True).decode()
        case _:
            yield text


def _message_body(text: str) -> str:
    """Returns the profiles of a queue's message as a body."""
    try:
        return json.dumps([profile for _, profile in parse_retry_message(text).profiles])
    except ValueError:
        pass
    try:
        return json.dumps([profile for _, profile in parse_dead_letter(text).profiles])
    except ValueError:
        return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
