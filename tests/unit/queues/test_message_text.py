"""A message's text holds every profile unchanged, in characters that SQS takes."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.outcomes import RetryReason
from aep_moengage.queues.message_text import content_size
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message

# SendMessage: characters outside of these are refused, and with them the whole batch
TAKEN = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
TEXTS = st.text(st.characters(codec=None), max_size=20)
PROFILES = st.dictionaries(TEXTS, TEXTS | st.floats() | st.integers() | st.none() | st.lists(TEXTS), max_size=5)


def message(*profiles: Any) -> RetryMessage:
    return RetryMessage("acme", "r1", 1_000, RetryReason.TRANSIENT, 1_000, tuple(enumerate(profiles)))


@given(PROFILES)
def test_profiles_come_back_as_they_were(profile: dict[str, Any]) -> None:
    text = message(profile).to_json()
    assert TAKEN.fullmatch(text)
    assert repr(parse_retry_message(text).profiles) == repr(((0, profile),))


@pytest.mark.parametrize("value", [math.inf, -math.inf, "\uffff", "\ufffe", "\ud800", "\x00", "null", 10**40, None])
def test_odd_values_come_back_as_they_were(value: Any) -> None:
    text = message({"value": value}).to_json()
    assert TAKEN.fullmatch(text)
    assert parse_retry_message(text).profiles == ((0, {"value": value}),)


@given(PROFILES)
def test_a_size_is_that_of_the_bytes(profile: dict[str, Any]) -> None:
    text = json.dumps(profile, separators=(",", ":"), ensure_ascii=False)
    sizes = {len(text.encode("utf-8", "surrogatepass")), len(json.dumps(profile, separators=(",", ":")))}
    assert content_size(profile) in range(min(sizes) - 40, max(sizes) + 40)  # floats are spelled differently
