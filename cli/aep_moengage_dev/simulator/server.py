"""The server: HTTP on 127.0.0.1 around the Data APIs, the faults and the control calls."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from aep_moengage_dev.simulator import control, wire
from aep_moengage_dev.simulator.contract import RefusalError
from aep_moengage_dev.simulator.exchange import Exchange, SimulatedAnswer
from aep_moengage_dev.simulator.faults import InjectedFault
from aep_moengage_dev.simulator.holds import Ending
from aep_moengage_dev.simulator.simulation import Simulation

HOST = "127.0.0.1"
_READABLE = 16_000_000  # bytes; a larger body is refused unread
_CLOSE_WITHIN = 5.0  # seconds for the connections to end


class Server(ThreadingHTTPServer):
    """Serves a simulation, a thread per connection. Port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, simulation: Simulation, port: int) -> None:
        self.simulation = simulation
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__((HOST, port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for this machine's name here, which can take seconds and is of no use.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def serve_in_background(self) -> None:
        """Accept connections in a thread of its own."""
        self._thread.start()

    def end(self) -> None:
        """Stop listening and close every connection."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._changed:
            for connection in self._open:
                _shut(connection)
            self._changed.wait_for(lambda: not self._open, _CLOSE_WITHIN)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # An orderly shutdown would reach the client before the reset does.
        if wire.resets(request):
            self.close_request(request)
        else:
            super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves in the middle of a request is no error of the simulator.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already closed by its client


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        simulation = self.server.simulation
        raw = self._read()
        if raw is None:
            return
        if self.path.startswith(control.PREFIX):
            exchange = Exchange(number=0, method=self.command, target=self.path, headers=self.headers, raw=raw)
            self._send(exchange, control.answer(simulation, exchange))
            return
        exchange = simulation.requests.open(method=self.command, target=self.path, headers=self.headers, raw=raw)
        fault = simulation.faults.meet(exchange)
        answer = self._answer(exchange, fault)
        if answer is None:
            self.close_connection = True
        elif fault is None or fault.way.wire == "send":
            self._send(exchange, answer)
        else:
            self._send_badly(exchange, fault, answer)

    do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - the names are the base class's

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a request is no news here, and its path holds an id."""

    def _read(self) -> bytes | None:
        """The body; None where it cannot be read, and the connection is to be closed."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > _READABLE or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            refusal = RefusalError(413, "Payload too large", "The payload can not exceed 128KB")
            wire.send(self.connection, wire.encode(refusal.answer(), close=True))
            return None
        raw = self.rfile.read(length) if length else b""
        if len(raw) < length:
            self.close_connection = True
            return None
        return raw

    def _answer(self, exchange: Exchange, fault: InjectedFault | None) -> SimulatedAnswer | None:
        """Let the request take effect; its answer, if there is to be one. Whoever sees the answer sees all effects."""
        simulation = self.server.simulation
        try:
            return self._faulty_answer(exchange, fault) if fault else simulation.api.answer(exchange)
        finally:
            exchange.forget_headers()
            simulation.holds.settle(exchange)

    def _faulty_answer(self, exchange: Exchange, fault: InjectedFault) -> SimulatedAnswer | None:
        """Let the request take effect as the fault allows; its answer, if there is to be one."""
        simulation = self.server.simulation
        exchange.fault = fault.kind
        answer = simulation.api.answer(exchange) if fault.applies else None
        if self._wait(exchange, fault) != "over":
            return None
        if not fault.way.real:
            return fault.answer()
        return answer or simulation.api.answer(exchange)

    def _wait(self, exchange: Exchange, fault: InjectedFault) -> Ending:
        holds = self.server.simulation.holds
        if fault.way.wait == "delay":
            return holds.delay(fault.seconds)
        if fault.way.wait == "release":
            return holds.hold(exchange, None if fault.way.outlives_client else lambda: wire.left(self.connection))
        return "over"

    def _send(self, exchange: Exchange, answer: SimulatedAnswer) -> None:
        exchange.status = answer.status
        exchange.answered = wire.send(self.connection, wire.encode(answer, close=self.close_connection))

    def _send_badly(self, exchange: Exchange, fault: InjectedFault, answer: SimulatedAnswer) -> None:
        """Answer in a way that breaks the connection, or nearly."""
        holds = self.server.simulation.holds
        if fault.way.wire == "reset":
            wire.reset(self.connection)
        elif fault.way.wire == "truncate":
            exchange.status = answer.status
            wire.truncate(self.connection, answer)
        else:
            exchange.status = answer.status
            data = wire.encode(answer, close=True)
            exchange.answered = wire.drip(self.connection, data, lambda: holds.delay(fault.seconds) == "over")
        self.close_connection = True
