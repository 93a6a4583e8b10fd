"""The connection: how an answer is put on it, well or badly."""

import socket
import struct
from collections.abc import Callable
from http import HTTPStatus

from aep_moengage_dev.simulator.exchange import SimulatedAnswer

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_SHORT_BY = 16  # bytes that a truncated answer promises and does not hold


def left(connection: socket.socket) -> bool:
    """Whether the client has closed its side."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def encode(answer: SimulatedAnswer, *, close: bool, excess: int = 0) -> bytes:
    """The answer as HTTP/1.1; `excess` bytes more are promised than there are."""
    payload = answer.payload
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(payload) + excess),
        "Connection": "close" if close else "keep-alive",
    } | answer.headers
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + payload


def send(connection: socket.socket, data: bytes) -> bool:
    """Send all of it. False: the client has left."""
    if left(connection):
        return False
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def drip(connection: socket.socket, data: bytes, pace: Callable[[], bool]) -> bool:
    """Send a byte at a time. False: the client has left, or `pace` said to stop."""
    return all(send(connection, data[place : place + 1]) and pace() for place in range(len(data)))


def truncate(connection: socket.socket, answer: SimulatedAnswer) -> None:
    """Send less than is promised."""
    send(connection, encode(answer, close=True, excess=_SHORT_BY))


_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time at all


def reset(connection: socket.socket) -> None:
    """Make closing the connection send a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def resets(connection: socket.socket) -> bool:
    """Whether closing the connection will send a reset."""
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET)) == _RESET
