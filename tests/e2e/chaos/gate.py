"""Gates: TLS in front of the simulators, so that a connection itself can go wrong."""

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

# open; nobody listens; a certificate that nobody vouches for; HTTP without TLS; TLS that breaks after the request
type Way = Literal["open", "refuse", "untrusted", "plain", "garble"]


class Gates:
    """Runs gates in a thread of its own; a context manager."""

    def __init__(self, certificates: Certificates) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gates", daemon=True)
        self._certificates = certificates
        self._gates: list[Gate] = []

    def add(self, port: int, upstream: int) -> "Gate":
        """Opens a gate on `port`, before the simulator on the port `upstream`."""
        gate = Gate(self, self._certificates, port, upstream)
        self._gates.append(gate)
        gate.turn("open")
        return gate

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Runs work in the thread of the gates, and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for gate in self._gates:
            gate.turn("refuse")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Gate:
    """A gate: `turn` says what becomes of connections from now on, and ends those that there are."""

    def __init__(self, gates: Gates, certificates: Certificates, port: int, upstream: int) -> None:
        self._gates = gates
        self._contexts = {"open": certificates.trusted, "garble": certificates.trusted, "plain": None}
        self._contexts["untrusted"] = certificates.untrusted
        self._port = port
        self._upstream = upstream
        self._way: Way = "refuse"
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    def turn(self, way: Way) -> None:
        """Goes another way from now on."""
        self._gates.run(self._turn(way))

    async def _turn(self, way: Way) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for task in self._passing:
            task.cancel()
        if self._passing:
            await asyncio.wait(self._passing, timeout=5)
        self._way = way
        if way != "refuse":
            self._server = await asyncio.start_server(self._pass, HOST, self._port, ssl=self._contexts[way])

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        try:
            if self._way == "plain":
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            elif self._way == "garble":
                await reader.readuntil(b"\r\n\r\n")
                os.write(writer.get_extra_info("socket").fileno(), b"this is no record of TLS")
            else:
                await self._pump(reader, writer)
        except _GONE:
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._passing.discard(task)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(HOST, self._upstream)
        try:
            ways = [asyncio.ensure_future(_copy(reader, up_writer)), asyncio.ensure_future(_copy(up_reader, writer))]
            try:
                done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                if any(isinstance(each.exception(), ConnectionResetError) for each in done):
                    _reset(writer)
            finally:
                for each in ways:
                    each.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            up_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
