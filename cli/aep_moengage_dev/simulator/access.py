"""Who may call: Basic authentication of the Data APIs, and the app id of the URL."""

import base64
import binascii
import re
from dataclasses import dataclass

from aep_moengage_dev.simulator.contract import RefusalError
from aep_moengage_dev.simulator.exchange import Exchange

_APP_ID = re.compile(r"[A-Za-z0-9_]+")


def _unauthenticated(message: str, status: int = 401) -> RefusalError:
    return RefusalError(status, "Authentication required", message)


@dataclass(slots=True)
class Access:
    """The workspace's id and Data API key. An empty password: the workspace has none set (409).

    With `any_username` it goes by every id.
    """

    username: str
    password: str
    name: str = "Simulated workspace"
    any_username: bool = False

    def check(self, exchange: Exchange) -> None:
        """Raises RefusalError: 401 not authenticated, 400 no usable app id, 409 not the app id of the URL."""
        username = self._authenticate(exchange.headers.get("Authorization"))
        if not exchange.app_id:
            raise RefusalError(400, "ParamsRequired", "app_id is required in path/query params.")
        if not _APP_ID.fullmatch(exchange.app_id):
            raise RefusalError(400, "InvalidParams", "Given app_id is invalid.")
        if exchange.app_id != username:
            raise RefusalError(409, "Authentication Mismatch", "App key mismatch in params and authentication")

    def check_connection(self, exchange: Exchange) -> None:
        """The Test Connection API: MOE-APPKEY in the header, id and key in the body."""
        if not exchange.headers.get("MOE-APPKEY"):
            raise _unauthenticated("Authentication Header Required")
        if exchange.body.get("app_id") != exchange.headers["MOE-APPKEY"] or not self._knows(exchange.body["app_id"]):
            raise _unauthenticated("Invalid APP_ID used in Authentication Header")
        if exchange.body.get("app_secret") != self.password:
            raise _unauthenticated("App Secret key mismatch. Please login to the dashboard to verify key")

    def _knows(self, username: str) -> bool:
        return self.any_username or username == self.username

    def _authenticate(self, header: str | None) -> str:
        username, password = _credentials(header)
        if not self._knows(username):
            raise _unauthenticated("Invalid APP_ID used in Authentication Header")
        if not self.password:
            raise _unauthenticated("App Secret key is not set. Please login to the dashboard to set a key", 409)
        if password != self.password:
            raise _unauthenticated("App Secret key mismatch. Please login to the dashboard to verify key")
        return username


def _credentials(header: str | None) -> tuple[str, str]:
    if header is None:
        raise _unauthenticated("Authentication Header Required")
    if not header.strip():
        raise _unauthenticated("No identity information found")
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    username, colon, password = decoded.partition(":")
    if not colon:
        raise _unauthenticated("Invalid identity information found")
    if not username or not password:
        raise _unauthenticated(f"APP_{'SECRET' if username else 'KEY'} missing in the authentication header")
    return username, password
