"""Drafts: an edited destination file as the editor shows it: its problems where they are, its preview, its difference.

Pure, and quick enough to run after every key.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from aep_moengage.document.destination import Destination
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT
from aep_moengage_cli.destinations.differences import as_lines
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.cautions import cautions
from aep_moengage_cli.files.documents import UnusableFile, destination_of
from aep_moengage_cli.files.event_files import profiles_in
from aep_moengage_cli.files.places import Place, place_of, places
from aep_moengage_cli.files.survey import Survey, spelled, survey
from aep_moengage_cli.files.yaml12 import to_json
from aep_moengage_cli.profiles.explanations import ExplainedAttribute, explain
from aep_moengage_cli.profiles.previews import Previewer

_PLACE = re.compile(r"\(line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a caution: the path that it is about, its place in the text, and what it says."""

    kind: str
    path: str
    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class PreviewedProfile:
    """A profile of the sample: its decision and requests as `preview` shows them, and each attribute explained."""

    shown: Mapping[str, Any]
    attributes: Sequence[ExplainedAttribute]


@dataclass(frozen=True)
class Draft:
    """A text, the sample profiles beside it, and the document (JSON) that it is compared with."""

    text: str
    sample: str = ""
    before: str | None = None
    endpoint: str = DEFAULT_ENDPOINT
    names: tuple[str, str] = field(default=("active", "new"))

    @cached_property
    def _places(self) -> dict[str, Place]:
        return places(self.text)

    def _place(self, path: str) -> Place:
        return place_of(path, self._places)

    @cached_property
    def _read(self) -> tuple[Destination | None, str | None, tuple[Problem, ...]]:
        try:
            destination, document = destination_of(self.text)
        except UnusableFile as unusable:
            problems = (
                Problem(
                    "error", each.path, _written_place(str(each)) or self._place(each.path), _without_path(str(each))
                )
                for each in unusable.faults
            )
            return None, None, tuple(problems)
        return destination, document, ()

    @property
    def destination(self) -> Destination | None:
        """The destination; None if the text has errors."""
        return self._read[0]

    @property
    def document(self) -> str | None:
        """The document as JSON; None if the text has errors."""
        return self._read[1]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The fields of the text, whether or not they have errors; empty if it is not YAML."""
        try:
            content = json.loads(to_json(self.text))
        except Exception:  # whatever is wrong is among the errors
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def profiles(self) -> list[Any]:
        """The sample profiles; none if the sample can't be read, which `sample_problem` says."""
        return self._sample.survey.profiles

    @property
    def sample_problem(self) -> str | None:
        """Why the sample can't be read."""
        return self._sample.problem

    @cached_property
    def _sample(self) -> "_Sample":
        return _sample(self.sample)

    @cached_property
    def problems(self) -> list[Problem]:
        """Every error; if there is none, every caution."""
        destination, _, errors = self._read
        if destination is None:
            return list(errors)
        return [
            Problem("caution", each.path, self._place(each.path), _without_path(str(each)))
            for each in cautions(destination, self._sample.survey)
        ]

    @property
    def sources(self) -> Sequence[str]:
        """The paths of the sample that an attribute can be read from."""
        return self._sample.sources

    def preview(self, number: int) -> PreviewedProfile | None:
        """Returns the profile of the sample with this number, from 1 on; None if there is none, or the text has errors.

        A number that is too high is that of the last profile.
        """
        if not self.destination or not self.profiles:
            return None
        profile, previewer = self.profiles[:number][-1], Previewer(self.destination, self.endpoint)
        decision = previewer.decision(profile)
        return PreviewedProfile(previewer.shown(profile, decision), explain(self.destination, profile, decision))

    @cached_property
    def difference(self) -> list[str]:
        """The difference from the document before as a unified diff; empty if there is none."""
        if self.document is None or self.before is None:
            return []
        return as_lines(json.loads(self.before), json.loads(self.document), self.names)


class _Sample(NamedTuple):
    """A sample: the survey of its profiles, the paths that can be sources, and why it can't be read."""

    survey: Survey
    sources: Sequence[str]
    problem: str | None


@lru_cache(maxsize=2)  # it stays as it is while the text is edited
def _sample(text: str) -> _Sample:
    if not text.strip():
        return _Sample(survey([]), (), None)
    try:
        found = survey(profiles_in(text))
    except CommandError as error:
        return _Sample(survey([]), (), error.format_message())
    return _Sample(found, [source for path in found.values if (source := spelled(path))], None)


def _written_place(text: str) -> Place | None:
    """Returns the place that an error names itself: of a text that is not YAML, no part is known."""
    found = _PLACE.search(text)
    if not found:
        return None
    line, column = (int(number) - 1 for number in found.groups())
    return Place(line, column, line, column)


def _without_path(text: str) -> str:
    return text.partition(": ")[2]
