"""Access from a container to servers on this machine's loopback, for `sam local invoke`.

Docker Desktop offers it under the name host.docker.internal. On Linux a relay listens at the address of the bridge
docker0, by which containers reach this machine, and forwards every connection. `--docker-network host` does not help:
SAM does not treat it as Docker does.
"""

import fcntl
import socket
import struct
import sys
import threading
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
DOCKER_DESKTOP = "host.docker.internal"

_BRIDGE = b"docker0"
_GET_ADDRESS = 0x8915  # SIOCGIFADDR of linux/sockios.h
_READ_AT_ONCE = 65_536


def bridge_address() -> str | None:
    """Returns the address by which containers reach this machine; None without a bridge of Docker."""
    if sys.platform != "linux":
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket.fileno(), _GET_ADDRESS, struct.pack("256s", _BRIDGE))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])


class _Forwarding(BaseRequestHandler):
    server: "Relay"

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection((LOOPBACK, self.server.port)) as inside:
            back = threading.Thread(target=_forward, args=(inside, self.request), daemon=True)
            back.start()
            _forward(self.request, inside)
            back.join()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_READ_AT_ONCE):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Relay(ThreadingTCPServer):
    """Forwards connections from `address` to the same port of the loopback while it is entered."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), _Forwarding)
        self.port = port
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
