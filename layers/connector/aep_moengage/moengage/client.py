"""The client of MoEngage's Data API: four calls, one session, and an answer in time whatever MoEngage does."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from ssl import SSLCertVerificationError

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer, Verdict, read_answer

CONNECT_SECONDS = 1.0
_ANSWER_LIMIT = 64 * 1024  # bytes of an answer that are read; MoEngage's are a few hundred
_LINES = 8  # calls at a time; one that is abandoned keeps its line until the network lets go


class _Late(Exception):  # never leaves this module; no OSError, which the library would take for the network's
    """The time was over before anything of the body was sent."""


class _InTime:
    """A body that is not begun once its time is over.

    Lambda stops a function that has answered, and calls that were abandoned with it; they go on when it is next called.
    An update that was on its way by then would come after newer ones.
    """

    def __init__(self, body: bytes, ends: float, clock: Callable[[], float]) -> None:
        self._body = body
        self._ends = ends
        self._clock = clock

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        if self._clock() > self._ends:
            raise _Late
        yield self._body


class MoEngage:
    """Sends requests; keeps connections between them.

    A socket's time-out alone does not bound a call: a server that sends a byte now and then never times out. So the
    call runs beside us, and we stop waiting for it when the time is over.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(pool_maxsize=_LINES, max_retries=0))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=_LINES, max_retries=0))
        self._lines = _lines()

    def send(self, request: Request, seconds: float) -> Answer:
        """Returns MoEngage's answer, or after `seconds` that there was none. Never raises for what the network does."""
        call = self._lines.submit(self._call, request, seconds, self._clock() + seconds)
        try:
            return call.result(timeout=seconds)
        except OutOfTime:
            return self._abandoned(call)
        except (requests.exceptions.ConnectTimeout, _Late):
            return Answer(Verdict.TRANSIENT, "no connection within the time allowed")
        except requests.exceptions.SSLError as error:
            return _insecure(error)
        except requests.exceptions.ConnectionError as error:
            return _unconnected(error)
        except requests.exceptions.RequestException:
            return Answer(Verdict.TRANSIENT, "the connection broke off the answer", lost=True)

    def _call(self, request: Request, seconds: float, ends: float) -> Answer:
        deadline = time.monotonic() + seconds
        with self._session.post(
            request.url,
            data=_InTime(request.body, ends, self._clock),
            headers=request.headers,
            timeout=(min(CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = b""
            for piece in response.iter_content(4096):
                body += piece
                if len(body) > _ANSWER_LIMIT or time.monotonic() > deadline:
                    break
            return read_answer(response.status_code, response.headers, body, self._clock())

    def _abandoned(self, call: Future[Answer]) -> Answer:
        if call.cancel():  # it never began: every line is held by a call that the network does not let go
            self._lines = _lines()
            return Answer(Verdict.TRANSIENT, "every connection is still held by an earlier call")
        return Answer(Verdict.TRANSIENT, "no answer within the time allowed", lost=True)


def _lines() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_LINES, thread_name_prefix="moengage")


def _insecure(error: requests.exceptions.SSLError) -> Answer:
    """Tells a certificate that was not accepted, so that nothing was sent, from TLS that broke, perhaps later."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.args[0] if reason and reason.args else None
    if isinstance(cause, SSLCertVerificationError):
        return Answer(Verdict.TRANSIENT, "the certificate shown is not trusted")
    return Answer(Verdict.TRANSIENT, "TLS failed", lost=True)


def _unconnected(error: requests.exceptions.ConnectionError) -> Answer:
    """Tells a connection that never stood, so that nothing can have been applied, from one that broke."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, NewConnectionError):
        return Answer(Verdict.TRANSIENT, "no connection to MoEngage")
    return Answer(Verdict.TRANSIENT, "the connection broke before the answer was whole", lost=True)
