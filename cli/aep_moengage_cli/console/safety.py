"""Safety: who may talk to the console, and what its pages may do.

Any page in the operator's browser can send requests to 127.0.0.1, and any host name can be made to point there. So the
console answers under its own address only, to the browser that opened the one-time address, and changes nothing that
its own pages did not ask for.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
KEPT = "/assets/"  # files below it are kept by the browser, and nothing else is
_KEPT_LONG = "private, max-age=86400, immutable"
CSRF_HEADER = "X-CSRF-Token"
_READING = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({None, "same-origin", "none"})  # Sec-Fetch-Site: ours, or the operator's own address bar
_BYTES = 32


def _policy(nonce: str) -> str:
    """The content security policy: everything from the console itself, nothing inline without the page's nonce.

    The browser itself sends no form, whose fields would be in an address: htmx sends them.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass
class Session:
    """The one session of a console at a port: the token of its first address, its cookie, and its CSRF token."""

    port: int
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(_BYTES))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)

    @property
    def host(self) -> str:
        """The host under which the console answers."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """The address to open first. It works once."""
        return f"http://{self.host}/?token={self.token}"

    @property
    def cookie_name(self) -> str:
        """The cookie's name. Cookies don't distinguish ports, so that two consoles need two names."""
        return f"aep_moengage_console_{self.port}"

    def admit(self, token: str) -> bool:
        """Returns whether this is the token of the first address, which no longer works then."""
        admitted = self.token is not None and _same(token, self.token)
        if admitted:
            self.token = None
        return admitted

    def knows(self, headers: Headers) -> bool:
        """Returns whether a request has the session's cookie."""
        return _same(cookie_parser(headers.get("cookie", "")).get(self.cookie_name, ""), self.cookie)


class Safety:
    """Wraps the application: refuses what doesn't come from the session's own pages, and restricts these pages."""

    def __init__(self, app: ASGIApp, session: Session) -> None:
        self._app = app
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the console has no WebSockets
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(nonce=nonce, csrf=self._session.csrf)
        app = self._answer(scope) or self._app
        await app(scope, receive, _restricting(send, nonce, file=scope["path"].startswith(KEPT)))

    def _answer(self, scope: Scope) -> Response | None:
        """Returns the answer to a request that doesn't reach the application: the first address, or a refused one."""
        if why := self._objection(scope):
            return PlainTextResponse(f"{why}\n", status_code=403)
        return None if self._session.knows(Headers(scope=scope)) else self._welcome()

    def _objection(self, scope: Scope) -> str | None:
        """Returns why a request is refused, by the first rule that it breaks."""
        headers, session = Headers(scope=scope), self._session
        reading, first = scope["method"] in _READING, self._is_first(scope)
        rules = (
            (headers.get("host") == session.host, "The console answers under its own address only."),
            (first or headers.get("sec-fetch-site") in _OWN_SITES, "The console answers to its own pages only."),
            (
                session.knows(headers) or (first and session.admit(QueryParams(scope["query_string"])["token"])),
                "Open the console with the address that `aep-moengage console` printed. It works once.",
            ),
            (
                reading or headers.get("origin") == f"http://{session.host}",
                "Changes are taken from the console's own pages only.",
            ),
            (reading or _same(headers.get(CSRF_HEADER, ""), session.csrf), "This page is out of date: load it again."),
        )
        return next((why for holds, why in rules if not holds), None)

    def _is_first(self, scope: Scope) -> bool:
        return scope["path"] == "/" and scope["method"] == "GET" and "token" in QueryParams(scope["query_string"])

    def _welcome(self) -> Response:
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self._session.cookie_name, self._session.cookie, httponly=True, samesite="strict")
        return response


def _restricting(send: Send, nonce: str, *, file: bool) -> Send:
    async def restricted(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = _KEPT_LONG if file and message["status"] == 200 else "no-store"
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS | {"Content-Security-Policy": _policy(nonce), "Cache-Control": kept})
        await send(message)

    return restricted


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
