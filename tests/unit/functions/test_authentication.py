"""Who may post: by token or by MoEngage credentials, to this destination or to another one."""

import base64
from contextlib import nullcontext

import pytest
from tests.unit.given import destination

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.functions.authentication import (
    Forbidden,
    Load,
    NotAuthenticated,
    authenticate,
    check_client,
    check_network,
    new_token,
    token_digest,
)
from aep_moengage.settings import EVERYWHERE, MissingSettings, read_names, read_networks

KEY = "the-key"
TOKEN, SECOND, FOREIGN = "acme.one-token", "acme.another-token", "other.a-token"


def activated(name: str, *tokens: str, password: str | None = KEY) -> ActiveDestination:
    return ActiveDestination(
        destination=destination(id=name),
        number=1,
        endpoint="https://moengage",
        password=password,
        tokens=tuple(token_digest(token) for token in tokens),
    )


ACME = activated("acme", TOKEN, SECOND)
OTHER = activated("other", FOREIGN)
LOAD: Load = {"acme": ACME, "other": OTHER}.get


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"Bearer {SECOND}", f"bearer   {TOKEN} ", f"BEARER {TOKEN}", basic("ABCD1234:the-key")],
)
def test_right_credentials_return_the_destination(header: str) -> None:
    assert authenticate(header, "acme", LOAD) is ACME


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Token {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        "Bearer acme.",
        "Bearer other.wrong",
        "Bearer nobody.token",
        "Bearer töken",
        "Bearer \udcff",
        "Basic",
        "Basic ä",
        basic("ABCD1234:"),
        basic("ABCD1234:the-key2"),
        basic("abcd1234:the-key"),
        basic("ABCD1234"),
        basic(f":{TOKEN}"),
    ],
)
def test_wrong_credentials_are_refused_without_showing_the_right_ones(header: str | None) -> None:
    with pytest.raises(NotAuthenticated) as raised:
        authenticate(header, "acme", LOAD)
    for secret in (TOKEN, "the-key"):
        assert secret not in str(raised.value)


@pytest.mark.parametrize("header", [None, "Bearer acme.wrong", "Bearer wrong", basic("ABCD1234:wrong"), basic("x")])
def test_an_unknown_destination_is_answered_as_wrong_credentials_are(header: str | None) -> None:
    answers = set()
    for name in ("acme", "nobody"):
        with pytest.raises(NotAuthenticated) as raised:
            authenticate(header, name, LOAD)
        answers.add(str(raised.value))
    assert len(answers) == 1


@pytest.mark.parametrize("name", ["acme", "nobody"])
def test_the_token_of_another_destination_is_forbidden(name: str) -> None:
    with pytest.raises(Forbidden, match="another destination"):
        authenticate(f"Bearer {FOREIGN}", name, LOAD)


@pytest.mark.parametrize(
    ("header", "loads"),
    [(None, 0), ("Digest x", 0), ("Basic !", 0), ("Bearer made.up", 1), (f"Bearer {FOREIGN}", 1), (basic("a:b"), 1)],
)
def test_a_stranger_costs_at_most_one_look_at_the_store(header: str | None, loads: int) -> None:
    loaded: list[str] = []

    def load(name: str) -> ActiveDestination | None:
        loaded.append(name)
        return LOAD(name)

    with pytest.raises((NotAuthenticated, Forbidden)):
        authenticate(header, "acme", load)
    assert len(loaded) == loads


@pytest.mark.parametrize("password", [None, ""])
def test_a_key_that_is_not_set_is_not_the_empty_one(password: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(basic("ABCD1234:"), "acme", lambda _: activated("acme", password=password))


def test_tokens_name_their_destination_and_are_never_the_same() -> None:
    assert new_token("acme").startswith("acme.")
    assert new_token("acme") != new_token("acme")
    assert len(new_token("acme")) > len("acme.") + 40


def test_a_stored_digest_cannot_be_used_as_a_token() -> None:
    for token in (token_digest(TOKEN), f"acme.{token_digest(TOKEN)}"):
        with pytest.raises(NotAuthenticated):
            authenticate(f"Bearer {token}", "acme", LOAD)


def test_networks_are_checked_only_where_some_are_set() -> None:
    networks = read_networks("203.0.113.0/24, 2001:db8::/32")
    check_network("198.51.100.7", EVERYWHERE)
    check_network("203.0.113.7", networks)
    check_network("2001:db8::7", networks)
    with pytest.raises(Forbidden, match="AllowedCidrs"):
        check_network("198.51.100.7", networks)


@pytest.mark.parametrize(
    ("subject", "admitted"),
    [
        ("CN=Adobe Experience Platform,O=Adobe Inc.,C=US", True),
        ("C=US, O=Adobe Inc., cn=Adobe Experience Platform", True),
        ("O=Adobe Inc.+CN=Adobe Experience Platform", True),
        ("Adobe Experience Platform", True),  # as AWS's sample event has it
        (r"CN=Bank\, the second", True),
        ("CN=Adobe", False),
        ("O=Adobe Experience Platform,CN=Somebody", False),
        (r"O=Evil\,CN=Adobe Experience Platform,CN=Somebody", False),
        ("", False),
        (None, False),
    ],
)
def test_client_is_admitted_by_the_common_name_of_its_certificate(subject: str | None, admitted: bool) -> None:
    names = read_names("Adobe Experience Platform, Bank\\, the second")
    check_client(subject, frozenset())
    with nullcontext() if admitted else pytest.raises(Forbidden, match="ClientNames"):
        check_client(subject, names | {"Bank, the second"})


def test_a_wrong_entry_among_the_networks_refuses_only_those_outside_the_others() -> None:
    networks = read_networks("203.0.113.0/24, 10.0.0.0/33")
    check_network("203.0.113.7", networks)
    with pytest.raises(MissingSettings) as raised:
        check_network("10.0.0.1", networks)
    assert "10.0" not in str(raised.value)
