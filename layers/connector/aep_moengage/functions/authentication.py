"""Senders: who may post profiles to a destination, by token or by the destination's MoEngage credentials.

Networks, and with mutual TLS the names of clients, limit who may try.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Set
from ipaddress import ip_address

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.settings import AllowedNetworks

type Load = Callable[[str], ActiveDestination | None]  # returns the destination of an id


class NotAuthenticated(Exception):
    """No credentials, or wrong ones; or there is no such destination, which strangers cannot find out."""


class Forbidden(Exception):
    """Credentials of another destination, or a caller outside the allowed networks."""


def new_token(destination_id: str) -> str:
    """Returns a sender's token. It names its destination, so a token sent to another one is recognized."""
    return f"{destination_id}.{secrets.token_urlsafe(32)}"


def token_digest(token: str) -> str:
    """Returns what is stored of a token. It is random, so a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def check_network(source_ip: str, allowed: AllowedNetworks) -> None:
    """Returns if a caller's address may send.

    Raises:
        Forbidden: if networks are set and the address is in none of them.
        MissingSettings: if the network that it is in may be one that is written wrongly.
    """
    if not allowed.admit(ip_address(source_ip)):
        allowed.require_usable()
        raise Forbidden("this address is not in AllowedCidrs of the stack")


def check_client(subject: str | None, names: Set[str]) -> None:
    """Returns if a client's certificate has one of the common names; without names any certificate, and none, will do.

    `subject` is the certificate's distinguished name, as the gateway has it with mutual TLS; None if there is none.

    Raises:
        Forbidden: if names are set and the certificate has none of them.
    """
    if names and names.isdisjoint(_common_names(subject or "")):
        raise Forbidden("the client's certificate has none of the ClientNames of the stack")


def _common_names(subject: str) -> list[str]:
    """Reads `CN=Adobe,O=Adobe Inc.` (RFC 4514), or a bare name, as AWS's sample event has it.

    A comma with a backslash is part of a value, and begins no name.
    """
    if "=" not in subject:
        return [subject]
    parts = (part.partition("=") for part in _PART.findall(subject))
    return [_ESCAPED.sub(r"\1", value.strip()) for name, _, value in parts if name.strip().upper() == "CN"]


def authenticate(authorization: str | None, destination_id: str, load: Load) -> ActiveDestination:
    """Returns the destination if the `Authorization` header lets its sender post there.

    An unknown destination is answered as wrong credentials are. At most one destination is loaded for a request.

    Raises:
        NotAuthenticated, Forbidden: with what to do, and never what was sent.
    """
    scheme, _, credentials = (authorization or "").strip().partition(" ")
    check = _CHECKS.get(scheme.lower())
    if check is None:
        raise NotAuthenticated("send `Authorization: Bearer <token>`, the token that `connect` printed")
    return check(credentials.strip(), destination_id, load)


def _check_token(token: str, destination_id: str, load: Load) -> ActiveDestination:
    owner = load(token.rpartition(".")[0])
    if owner is None or not _knows(owner, token):
        raise NotAuthenticated(
            "this token is not known; `aep-moengage connect` makes a destination's first, `rotate-token` another"
        )
    if owner.id != destination_id:
        raise Forbidden("this token belongs to another destination")
    return owner


def _knows(active: ActiveDestination, token: str) -> bool:
    digest = token_digest(token)
    # every live token is compared, so the time taken does not show which one was near
    matches = [hmac.compare_digest(digest, live) for live in active.tokens]
    return any(matches)


def _check_basic(credentials: str, destination_id: str, load: Load) -> ActiveDestination:
    try:
        given = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthenticated("the Basic credentials are not base64 of username:password") from None
    active = load(destination_id)
    if active is None or not active.password:
        raise NotAuthenticated(_WRONG_KEY)
    expected = f"{active.destination.username}:{active.password}".encode()
    if not hmac.compare_digest(given, expected):
        raise NotAuthenticated(_WRONG_KEY)
    return active


_PART = re.compile(r"(?:\\.|[^,+\\])+")  # of a distinguished name
_ESCAPED = re.compile(r"\\(.)")
_WRONG_KEY = "these are not this destination's DATA APP ID and DATA APP KEY"
_CHECKS = {"bearer": _check_token, "basic": _check_basic}
