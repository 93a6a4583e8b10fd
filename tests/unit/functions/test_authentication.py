"""Who may post, by token or by MoEngage credentials, told apart from who may not and who may elsewhere."""

import base64
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from tests.unit.given import destination

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.functions.authentication import (
    Forbidden,
    NotAuthenticated,
    authenticate,
    check_network,
    new_token,
    token_digest,
)

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
LOAD: Callable[[str], ActiveDestination | None] = {"acme": ACME, "other": OTHER}.get


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"Bearer {SECOND}", f"bearer   {TOKEN} ", f"BEARER {TOKEN}", basic("ABCD1234:the-key")],
)
def test_let_in(header: str) -> None:
    authenticate(header, ACME, LOAD)


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
def test_not_authenticated(header: str | None) -> None:
    with pytest.raises(NotAuthenticated) as raised:
        authenticate(header, ACME, LOAD)
    for secret in (TOKEN, "the-key"):
        assert secret not in str(raised.value)


def test_a_token_of_another_destination_is_told_as_such() -> None:
    with pytest.raises(Forbidden, match="another destination"):
        authenticate(f"Bearer {FOREIGN}", ACME, LOAD)


def test_a_key_that_is_not_set_is_not_the_empty_one() -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(basic("ABCD1234:"), activated("acme", password=None), LOAD)
    with pytest.raises(NotAuthenticated):
        authenticate(basic("ABCD1234:"), activated("acme", password=""), LOAD)


def test_tokens_name_their_destination_and_are_never_the_same() -> None:
    assert new_token("acme").startswith("acme.")
    assert new_token("acme") != new_token("acme")
    assert len(new_token("acme")) > len("acme.") + 40


def test_a_stored_token_cannot_be_used_as_one() -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(f"Bearer {token_digest(TOKEN)}", ACME, LOAD)


def test_networks_are_checked_only_where_some_are_set() -> None:
    networks = (ip_network("203.0.113.0/24"), ip_network("2001:db8::/32"))
    check_network("198.51.100.7", ())
    check_network("203.0.113.7", networks)
    check_network("2001:db8::7", networks)
    with pytest.raises(Forbidden, match="AllowedCidrs"):
        check_network("198.51.100.7", networks)
