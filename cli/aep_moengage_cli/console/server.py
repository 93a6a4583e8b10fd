"""The server: runs the console on the loopback interface until it is interrupted."""

import socket
from collections.abc import Callable

import uvicorn

from aep_moengage_cli.console.application import application
from aep_moengage_cli.console.safety import LOOPBACK, Session
from aep_moengage_cli.console.subject import Subject


def serve(subject: Subject, port: int, ready: Callable[[str], None]) -> None:
    """Serves the console until Ctrl-C; calls `ready` with the one-time address. Port 0 is any free one.

    Nothing is logged of requests, whose addresses and bodies are the operator's own business.

    Raises:
        OSError: if the port is not free.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        session = Session(listening.getsockname()[1])
        config = uvicorn.Config(
            application(subject, session),
            access_log=False,
            log_level="warning",
            server_header=False,
            lifespan="off",
            ws="none",
        )
        listening.listen()
        if subject.found:
            subject.observed.begin()  # what the first page shows, while the browser starts
        ready(session.address)
        uvicorn.Server(config).run(sockets=[listening])
