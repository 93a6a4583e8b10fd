"""TLS proxies in front of the simulators, so that a connection itself can fail."""

import asyncio
import os
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Literal, Self

from tests.e2e.chaos.certificates import Certificates

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
_GONE = (OSError, ssl.SSLError, asyncio.IncompleteReadError)

# forwards; does not listen; has an untrusted certificate; answers without TLS; breaks TLS after the request
type Mode = Literal["open", "refuse", "untrusted", "plain", "garble"]


class TlsProxies:
    """Runs proxies in a thread of its own; a context manager."""

    def __init__(self, certificates: Certificates) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls-proxies", daemon=True)
        self._certificates = certificates
        self._proxies: list[TlsProxy] = []

    def add(self, port: int, upstream: int) -> "TlsProxy":
        """Starts a proxy on `port`, in front of the simulator on the port `upstream`."""
        proxy = TlsProxy(self, self._certificates, port, upstream)
        self._proxies.append(proxy)
        proxy.switch("open")
        return proxy

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Runs work in the thread of the proxies, and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self._proxies:
            proxy.switch("refuse")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class TlsProxy:
    """A proxy. Its mode decides on every connection; switching it ends the open ones."""

    def __init__(self, proxies: TlsProxies, certificates: Certificates, port: int, upstream: int) -> None:
        self._proxies = proxies
        self._contexts = {"open": certificates.trusted, "garble": certificates.trusted, "plain": None}
        self._contexts["untrusted"] = certificates.untrusted
        self._port = port
        self._upstream = upstream
        self._mode: Mode = "refuse"
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def switch(self, mode: Mode) -> None:
        """Changes the mode."""
        self._proxies.run(self._switch(mode))

    async def _switch(self, mode: Mode) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=5)
        self._mode = mode
        if mode != "refuse":
            self._server = await asyncio.start_server(self._serve, HOST, self._port, ssl=self._contexts[mode])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            if self._mode == "plain":
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            elif self._mode == "garble":
                await reader.readuntil(b"\r\n\r\n")
                os.write(writer.get_extra_info("socket").fileno(), b"this is no record of TLS")
            else:
                await self._forward(reader, writer)
        except _GONE:
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(HOST, self._upstream)
        try:
            copies = [asyncio.ensure_future(_copy(reader, up_writer)), asyncio.ensure_future(_copy(up_reader, writer))]
            try:
                done, _ = await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
                if any(isinstance(each.exception(), ConnectionResetError) for each in done):
                    _reset(writer)
            finally:
                for each in copies:
                    each.cancel()
                await asyncio.gather(*copies, return_exceptions=True)
        finally:
            up_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:  # else the client has closed it
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
