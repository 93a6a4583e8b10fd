"""Edited documents: a destination's active version, or a destination file, with what a change of it is based on."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from aep_moengage.moengage.requests import DEFAULT_ENDPOINT
from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.editing import Change, active_version, earlier_version, propose, publish
from aep_moengage_cli.destinations.outdated_audiences import sweep_advice
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.shared_attributes import refuse_shared_attributes
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.files.documents import UnusableFile, destination_of, read_text

OFFLINE = "file"  # the id in addresses of a file that is edited offline


class Edited(Protocol):
    """What is edited: its `text`, and the state (`base`) that a change is based on."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def endpoint(self) -> str: ...

    def before(self, base: str) -> tuple[str | None, str]:
        """Returns the document (JSON) that a change is compared with, and its name; None if it has errors."""
        ...

    def save(self, text: str, base: str, *, why: str, share_attributes: bool) -> str:
        """Makes a text the current one; returns the address that shows it.

        Raises:
            CommandError: if the text has errors, or somebody else has changed it since `base`.
        """
        ...


def edited(subject: Subject, identity: str) -> Edited:
    """Returns what is edited under an id."""
    return EditedFile(subject.file) if subject.file else EditedDestination(subject, identity)


@dataclass(frozen=True)
class EditedDestination:
    """The active version of a destination."""

    subject: Subject
    id: str

    @property
    def _stack(self) -> Stack:
        return self.subject.stack

    @cached_property
    def publishing(self) -> Publishing:
        """The writer of destinations."""
        return Publishing.of(self._stack)

    @cached_property
    def active(self) -> Version:
        """The active version."""
        return active_version(self.publishing, self.id)

    @property
    def name(self) -> str:
        """The destination's name."""
        return self.active.name

    @property
    def text(self) -> str:
        """The active document as YAML."""
        return to_yaml(self.active.fields)

    @property
    def base(self) -> str:
        """The number of the active version."""
        return str(self.active.number)

    @property
    def endpoint(self) -> str:
        """MoEngage's address."""
        return self._stack.output("MoEngageEndpoint")

    def version(self, base: str) -> Version:
        """Returns a version. Versions never change, so each is read once; the pause of the active one does."""
        key = self.id, int(base)
        if key not in self.subject.versions:
            self.subject.versions[key] = earlier_version(self.publishing, *key)
        return self.subject.versions[key]

    def before(self, base: str) -> tuple[str | None, str]:
        """Returns the document of a version."""
        return self.version(base).document, f"version {base}"

    def save(self, text: str, base: str, *, why: str, share_attributes: bool) -> str:
        """Publishes a text as the version after `base`."""
        _, document = destination_of(text)
        change = propose(self.version(base), document)
        if not change.differences:
            raise CommandError("There is no difference: nothing was published.")
        return self.publish(change, why=why, share_attributes=share_attributes)

    def publish(self, change: Change, *, why: str, share_attributes: bool) -> str:
        """Publishes a change; returns the address that shows the new version.

        Raises:
            CommandError: if it maps an attribute of another destination, without `share_attributes`; or if somebody
                else has published meanwhile.
        """
        if not share_attributes:
            refuse_shared_attributes(self.publishing, change.earlier, change.destination)
        published = publish(self._stack, self.publishing, change, why=why)
        return f"/destinations/{self.id}?published={published.number}"

    def published_lines(self, number: int) -> list[str]:
        """Returns what to know of a version that has just been published."""
        version, before = self.version(str(number)), self.version(str(number - 1))
        lines = [f"Version {number} is published and takes effect within a minute."]
        if version.paused:
            lines.append("The destination is paused: nothing is sent until it is resumed.")
        try:
            earlier, later = (destination_of(each.document)[0] for each in (before, version))
        except UnusableFile:
            return lines
        return [*lines, *sweep_advice(self._stack, earlier, later)]


@dataclass(frozen=True)
class EditedFile:
    """A destination file."""

    file: Path
    id: str = OFFLINE
    endpoint: str = DEFAULT_ENDPOINT

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def text(self) -> str:
        """The file's text."""
        return read_text(self.file)

    @property
    def base(self) -> str:
        """A digest of the file."""
        return _digest(self.text)

    def before(self, base: str) -> tuple[str | None, str]:  # noqa: ARG002 # a file has no versions
        """Returns the document that the file holds now."""
        return _document_of(self.text), self.file.name

    def save(self, text: str, base: str, *, why: str, share_attributes: bool) -> str:  # noqa: ARG002 # a file's have none
        """Writes a text to the file."""
        destination_of(text)
        if self.base != base:
            raise CommandError(
                f"{self.file} has changed since this page was loaded: nothing was saved.", "Load the page again."
            )
        self.file.write_text(text, "utf-8")
        return "/destinations?saved=1"


@lru_cache(maxsize=1)  # the file stays as it is while its text is edited
def _document_of(text: str) -> str | None:
    """Returns a file's document as JSON; None if it has errors."""
    try:
        return destination_of(text)[1]
    except UnusableFile:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
