"""HTTP connections to one AWS endpoint, kept between calls. Errors are botocore's, as if its client had called."""

import ssl
import weakref
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from aep_moengage.trust import trusting


class KeptConnections:
    """Connections to `url`, as many as there are calls at a time. Time-outs are in seconds."""

    def __init__(self, url: str, *, connect: float, read: float, trusted: str | None) -> None:
        """Makes no connection yet; `trusted` is the file of the certificates that are trusted."""
        self._url = url
        self._connect_seconds = connect
        self._read_seconds = read
        self._context = trusting(trusted) if urlsplit(url).scheme == "https" else None
        self._idle: list[HTTPConnection] = []
        weakref.finalize(self, _close_all, self._idle)

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Returns status and content of the answer.

        Raises:
            ConnectTimeoutError, EndpointConnectionError, SSLError: nothing was sent.
            ReadTimeoutError, ConnectionClosedError: the request may have been executed.
        """
        connection = _taken(self._idle) or self._opened()
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            connection.close()
            kind = ReadTimeoutError if isinstance(error, TimeoutError) else ConnectionClosedError
            raise kind(endpoint_url=self._url, error=error) from error
        if not answer.will_close:
            self._idle.append(connection)
        return answer.status, content

    def close(self) -> None:
        """Closes the connections that are not in use."""
        _close_all(self._idle)

    def _opened(self) -> HTTPConnection:
        address, timeout = urlsplit(self._url).netloc, self._connect_seconds
        if self._context:
            connection: HTTPConnection = HTTPSConnection(address, timeout=timeout, context=self._context)
        else:
            connection = HTTPConnection(address, timeout=timeout)
        try:
            connection.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        connection.sock.settimeout(self._read_seconds)
        return connection


def _taken(idle: list[HTTPConnection]) -> HTTPConnection | None:
    try:
        return idle.pop()
    except IndexError:  # another thread was faster
        return None


def _close_all(idle: list[HTTPConnection]) -> None:
    while connection := _taken(idle):
        connection.close()
