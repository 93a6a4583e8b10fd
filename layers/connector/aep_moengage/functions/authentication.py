"""Senders: who may post profiles to a destination, by token or by the destination's MoEngage credentials."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from ipaddress import ip_address

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.settings import Network


class NotAuthenticated(Exception):
    """No credentials, or wrong ones."""


class Forbidden(Exception):
    """Credentials of another destination, or a caller outside the allowed networks."""


def new_token(destination_id: str) -> str:
    """Returns a sender's token; it names its destination, so that one sent to another is told as such."""
    return f"{destination_id}.{secrets.token_urlsafe(32)}"


def token_digest(token: str) -> str:
    """Returns what is stored of a token. It is random, so a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def check_network(source_ip: str, allowed: tuple[Network, ...]) -> None:
    """Raises `NotAllowed` if networks are set and the caller is in none of them."""
    if allowed and not any(ip_address(source_ip) in network for network in allowed):
        raise Forbidden("this address is not in AllowedCidrs of the stack")


def authenticate(
    authorization: str | None, activated: ActiveDestination, load: Callable[[str], ActiveDestination | None]
) -> None:
    """Returns if the `Authorization` header lets its sender post to this destination.

    `load` finds another destination, to tell its token (not allowed) from one that nobody has (not authenticated).

    Raises:
        NotAuthenticated, NotAllowed: with what to do, and never what was sent.
    """
    scheme, _, credentials = (authorization or "").strip().partition(" ")
    check = _CHECKS.get(scheme.lower())
    if check is None:
        raise NotAuthenticated("send `Authorization: Bearer <token>`, the token that `connect` printed")
    check(credentials.strip(), activated, load)


def _check_token(token: str, activated: ActiveDestination, load: Callable[[str], ActiveDestination | None]) -> None:
    if _knows(activated, token):
        return
    owner = token.rpartition(".")[0]
    if owner and owner != activated.id and (other := load(owner)) and _knows(other, token):
        raise Forbidden("this token belongs to another destination")
    raise NotAuthenticated("this token is not known; `aep-moengage connect` makes one for this destination")


def _knows(activated: ActiveDestination, token: str) -> bool:
    digest = token_digest(token)
    # every live token is compared, so that the time taken does not tell which one was near
    matches = [hmac.compare_digest(digest, live) for live in activated.tokens]
    return any(matches)


def _check_basic(
    credentials: str,
    activated: ActiveDestination,
    load: Callable[[str], ActiveDestination | None],  # noqa: ARG001 # one shape for all checks
) -> None:
    try:
        given = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthenticated("the Basic credentials are not base64 of username:password") from None
    expected = f"{activated.destination.username}:{activated.password or ''}".encode()
    if not activated.password or not hmac.compare_digest(given, expected):
        raise NotAuthenticated("these are not this destination's DATA APP ID and DATA APP KEY")


_CHECKS = {"bearer": _check_token, "basic": _check_basic}
