"""Findings: what the evidence says about each question, what the connector assumes, and which switch to set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aep_moengage_cli.probing.trial import LONG, Evidence

_UNKNOWN = "unknown"
_EPOCH_FROM = 10**6  # a value of x-ratelimit-reset from here on is no number of seconds that are left


class Meaning(NamedTuple):
    """What an answer means: in words, whether it agrees with what the connector assumes, and what to do."""

    words: str
    holds: bool | None = True
    advice: str | None = None


_NOT_SEEN = Meaning("could not be seen: Get User did not show the test user", None)


class Question(NamedTuple):
    """A question: `observe` finds the answer in the evidence, one of `answers`."""

    name: str
    text: str
    assumed: str
    observe: Callable[[Evidence], str]
    answers: Mapping[str, Meaning]


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to a question; `holds` is None if it could not be seen."""

    name: str
    question: str
    answer: str
    found: str
    assumed: str
    holds: bool | None
    advice: str | None


def findings(evidence: Evidence) -> list[Finding]:
    """Returns the answers in the order of the questions."""
    return [_finding(question, evidence) for question in QUESTIONS]


def _finding(question: Question, evidence: Evidence) -> Finding:
    answer = question.observe(evidence)
    words, holds, advice = question.answers.get(answer, _NOT_SEEN)
    found = words.format(seconds=round(evidence.shown_after or 0, 1))
    return Finding(question.name, question.text, answer, found, question.assumed, holds, advice)


def _get_user(evidence: Evidence) -> str:
    reply = evidence.replies.get("get_user")
    return _UNKNOWN if reply is None else "enabled" if reply.accepted else "refused"


def _shown(evidence: Evidence) -> str:
    return "shown" if evidence.shown_after is not None else _UNKNOWN


def _reset(evidence: Evidence) -> str:
    headers = {name.lower(): value for name, value in evidence.replies["create"].headers.items()}
    value = headers.get("x-ratelimit-reset")
    try:
        return "missing" if value is None else "epoch" if float(value) >= _EPOCH_FROM else "seconds"
    except ValueError:
        return "unreadable"


def _bulk(evidence: Evidence) -> str:
    if evidence.attributes is None:
        return _UNKNOWN
    applied = "probe_bulk" in evidence.attributes
    if evidence.replies["bulk"].accepted:
        return "silent" if applied else "lost"
    return "element" if applied else "batch"


def _real_time_action(evidence: Evidence) -> str:
    reply = evidence.replies.get("real_time_action")
    return _UNKNOWN if reply is None else "accepted" if reply.accepted else "refused"


def _existing_only(evidence: Evidence) -> str:
    reply = evidence.replies.get("existing_only")
    if reply is None or evidence.absent_exists is None:
        return _UNKNOWN
    return "ignored" if evidence.absent_exists else "honoured" if reply.accepted else "refused"


def _attribute(name: str, reply: str, meaning: Callable[[Mapping[str, Any]], str]) -> Callable[[Evidence], str]:
    """Returns an observation of one attribute, or of the refusal to change it."""

    def observe(evidence: Evidence) -> str:
        if reply in evidence.replies and not evidence.replies[reply].accepted:
            return "refused"
        if evidence.attributes is None:
            return _UNKNOWN
        return meaning(evidence.attributes) if name in evidence.attributes else "removed"

    return observe


def _null(attributes: Mapping[str, Any]) -> str:
    return "null" if attributes["probe_null"] is None else "unchanged"


def _empty_array(attributes: Mapping[str, Any]) -> str:
    return "empty" if attributes["probe_list"] == [] else "unchanged"


def _long(attributes: Mapping[str, Any]) -> str:
    held = attributes["probe_long"]
    return "whole" if isinstance(held, list) and len(held) == len(LONG) else "truncated"


_REFUSED = Meaning("refused")
_NEVER_SENT = "not used: the connector never sends it"
_IGNORES_FLAG = "With `update_existing_only: true` set `audience_events: false`: events would create users."
QUESTIONS: tuple[Question, ...] = (
    Question(
        "get_user",
        "Can users be read by API (Get User)?",
        "enabled; without it `validate-export` and half of these questions have no answer",
        _get_user,
        {
            "enabled": Meaning("enabled"),
            "refused": Meaning("refused", False, "Ask MoEngage's support to enable Get User for the workspace."),
        },
    ),
    Question(
        "shown_after",
        "How long until a write shows?",
        "minutes at most; `validate-export` is to be run after that",
        _shown,
        {"shown": Meaning("{seconds} s")},
    ),
    Question(
        "reset_unit",
        "What is x-ratelimit-reset?",
        "seconds that are left, or epoch seconds: the connector reads both",
        _reset,
        {
            "seconds": Meaning("seconds that are left"),
            "epoch": Meaning("epoch seconds"),
            "missing": Meaning("not sent", False, "Nothing to set: after a 429 the connector backs off by itself."),
            "unreadable": Meaning("no number", False, "Nothing to set: the connector backs off by itself after a 429."),
        },
    ),
    Question(
        "bulk",
        "Does one bad element reject a bulk?",
        "a bulk with a bad element is refused; its records are then sent one by one",
        _bulk,
        {
            "batch": Meaning("refused, nothing was applied"),
            "element": Meaning("refused, but the good element was applied"),
            "silent": Meaning(
                "accepted, and the bad element dropped",
                False,
                "MoEngage reports no bad record of a bulk. The connector checks each one before it sends it; compare "
                "with `validate-export` after a backlog.",
            ),
            "lost": Meaning(
                "accepted, and both elements dropped",
                False,
                "A bad record would take others with it, without an error. Report this to the project.",
            ),
        },
    ),
    Question(
        "long_array",
        "What happens to an array of 60 values?",
        "not used: the connector sends 50 at most",
        _attribute("probe_long", "create", _long),
        {
            "whole": Meaning("kept as a whole"),
            "truncated": Meaning("truncated"),
            "removed": Meaning("dropped as a whole"),
            "refused": _REFUSED,
        },
    ),
    Question(
        "empty_array",
        "What does [] do to an array?",
        "not used: the connector removes single names",
        _attribute("probe_list", "empty_array", _empty_array),
        {
            "removed": Meaning("it removes the attribute"),
            "empty": Meaning("the attribute becomes []"),
            "unchanged": Meaning("nothing"),
            "refused": _REFUSED,
        },
    ),
    Question(
        "null",
        "What does null do to an attribute?",
        _NEVER_SENT,
        _attribute("probe_null", "null", _null),
        {
            "null": Meaning("the attribute becomes null"),
            "removed": Meaning("it removes the attribute"),
            "unchanged": Meaning("nothing"),
            "refused": _REFUSED,
        },
    ),
    Question(
        "unset",
        "Does unset_attributes remove an attribute (Early Access)?",
        _NEVER_SENT,
        _attribute("probe_unset", "unset", lambda _: "unchanged"),
        {
            "removed": Meaning("yes"),
            "unchanged": Meaning("no; it is accepted and does nothing"),
            "refused": _REFUSED,
        },
    ),
    Question(
        "add_creates",
        "Does adding a value to an array create the attribute?",
        "only with `existing_audiences: keep`: yes",
        _attribute("probe_added", "add", lambda _: "created"),
        {
            "created": Meaning("yes"),
            "removed": Meaning("no", False, "Use `existing_audiences: set`: with keep, new users would get no names."),
            "refused": Meaning("refused", False, "Use `existing_audiences: set`: keep needs it."),
        },
    ),
    Question(
        "real_time_action",
        "Is real_time_action accepted in events?",
        "yes, with `triggers_campaigns: true`; whether a campaign starts can be seen in MoEngage only",
        _real_time_action,
        {"accepted": Meaning("yes"), "refused": Meaning("no", False, "Set `triggers_campaigns: false`.")},
    ),
    Question(
        "existing_only_events",
        "Does update_existing_only hold for events?",
        "yes: no user is created",
        _existing_only,
        {
            "honoured": Meaning("yes"),
            "ignored": Meaning("no: the event created the user", False, _IGNORES_FLAG),
            "refused": Meaning("the event was refused", False, _IGNORES_FLAG),
        },
    ),
)
