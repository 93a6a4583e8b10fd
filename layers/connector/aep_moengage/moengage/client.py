"""The client of MoEngage's Data API: one session, and an answer in time whatever MoEngage does."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer, Verdict, read_answer
from aep_moengage.trust import trusting

CONNECT_SECONDS = 1.0
IDLE_SECONDS = 10.0  # after which connections are not trusted; by the wall clock, which goes on while Lambda sleeps
_ANSWER_LIMIT = 64 * 1024  # bytes of an answer that are read; MoEngage's are a few hundred
_LINES = 8  # calls at a time; one that is abandoned keeps its line until the network lets go


class _Late(Exception):  # never leaves this module; no OSError, which the library would take for the network's
    """The time was over before anything of the body was sent."""


class _Body:
    """A request's body, which is not begun once its time is over, and knows whether it was begun.

    Lambda freezes a function that has answered, and its abandoned calls with it; they go on in the next invocation. An
    update that is sent only then would come after newer ones.
    """

    def __init__(self, body: bytes, ends: float, clock: Callable[[], float]) -> None:
        self.begun = False
        self._body = body
        self._ends = ends
        self._clock = clock

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        if self.left() < 0:
            raise _Late
        self.begun = True
        yield self._body

    def left(self) -> float:
        """Returns the seconds until its time is over."""
        return self._ends - self._clock()


class _OneContext(HTTPAdapter):
    """An adapter whose connections share a TLS context. requests would read the trusted certificates for each."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See HTTPAdapter."""
        super().init_poolmanager(*args, **options, ssl_context=trusting(_trusted_certificates()))

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """See HTTPAdapter."""
        return super().send(request, *args, **options | {"verify": True})  # the environment's choice is in the context

    def cert_verify(self, *_: Any) -> None:
        """See HTTPAdapter; the context knows what to verify."""


def _trusted_certificates() -> str:
    """Returns the file that requests would take."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH


class MoEngage:
    """Sends requests, and keeps connections between them; never cookies. `clock` is that of the wall, in seconds.

    A socket's time-out alone does not bound a call: a server that sends a byte now and then never times out. So the
    call runs in a thread, and we stop waiting for it when the time is over.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._used = clock()
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", _OneContext(pool_maxsize=_LINES, max_retries=0))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=_LINES, max_retries=0))
        self._lines = _lines()

    def send(self, request: Request, seconds: float) -> Answer:
        """Returns MoEngage's answer, or after `seconds` that there was none. Never raises for what the network does."""
        self._drop_idle_connections()
        body = _Body(request.body, self._clock() + seconds, self._clock)
        call = self._lines.submit(self._call, request, body, seconds)
        try:
            return call.result(timeout=seconds)
        except OutOfTime:
            return self._abandoned(call)
        except (ConnectTimeout, _Late):
            return Answer(Verdict.TRANSIENT, "no connection within the time allowed")
        except RequestException as error:
            return Answer(Verdict.TRANSIENT, _why(error, body), lost=body.begun)

    def _drop_idle_connections(self) -> None:
        now, before = self._clock(), self._used
        self._used = now
        if now - before > IDLE_SECONDS:
            self._session.close()

    def _call(self, request: Request, body: _Body, seconds: float) -> Answer:
        try:
            return self._post(request, body, seconds)
        except (ConnectTimeout, SSLError):
            raise
        except requests.exceptions.ConnectionError:
            if body.begun or body.left() < 0:
                raise
        return self._post(request, body, body.left())  # nothing was sent: once more, at once

    def _post(self, request: Request, body: _Body, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        with self._session.post(
            request.url,
            data=body,
            headers=request.headers,
            timeout=(min(CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = b""
            for piece in response.iter_content(4096):
                content += piece
                if len(content) > _ANSWER_LIMIT or time.monotonic() > deadline:
                    break
            return read_answer(response.status_code, response.headers, content, self._clock())

    def _abandoned(self, call: Future[Answer]) -> Answer:
        if call.cancel():  # it never began: every line is held by a call that the network does not let go
            self._lines = _lines()
            return Answer(Verdict.TRANSIENT, "every connection is still held by an earlier call")
        return Answer(Verdict.TRANSIENT, "no answer within the time allowed", lost=True)


def _lines() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_LINES, thread_name_prefix="moengage")


def _why(error: RequestException, body: _Body) -> str:
    if isinstance(error, SSLError):
        return "the certificate shown is not trusted" if _is_untrusted(error) else "TLS failed"
    if not body.begun:
        return "no connection to MoEngage"
    return "the connection broke before the answer was whole"


def _is_untrusted(error: SSLError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return any(isinstance(cause, SSLCertVerificationError) for cause in getattr(reason, "args", ())[:1])
