"""A proxy between the functions and the emulated AWS that makes calls fail."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from tests.e2e.chaos.aws_calls import AwsCall, answer_to
from tests.e2e.chaos.aws_faults import AwsFault
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

_HOST = "127.0.0.1"


class AwsProxy:
    """The proxy at `url`; a context manager. `failed` counts the calls that have failed, by service."""

    def __init__(self) -> None:
        self._server = make_server(_HOST, 0, self._application, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws-proxy", daemon=True)
        self._endpoint = ""
        self._left: dict[AwsFault, float] = {}
        self._lock = threading.Lock()
        self.url = f"http://{_HOST}:{self._server.server_port}"
        self.failed: Counter[str] = Counter()

    def forward_to(self, url: str) -> None:
        """Forwards calls to this endpoint from now on."""
        self._endpoint = url

    def inject(self, faults: Sequence[AwsFault]) -> None:
        """Makes calls fail from now on; earlier faults end, and counting starts again."""
        with self._lock:
            self._left = {fault: fault.times for fault in faults}
            self.failed.clear()

    def heal(self) -> None:
        """Ends all faults."""
        with self._lock:
            self._left = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = AwsCall(Request(environ), self._endpoint)
        return answer_to(call, self._drawn(call))(environ, start_response)

    def _drawn(self, call: AwsCall) -> AwsFault | None:
        """Returns the fault that a call meets, if any."""
        with self._lock:
            for fault, left in self._left.items():
                if left and fault.concerns(call.service, call.operation) and _happens(fault.share):
                    self._left[fault] -= 1
                    self.failed[fault.service] += 1
                    return fault
        return None


def _happens(share: float) -> bool:
    return random.random() < share  # noqa: S311 # no secret


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True  # else each answer waits for an acknowledgement

    def connection_dropped(self, *_: object) -> None:
        """A connection that was reset, or whose client has stopped waiting, has no further request."""
        self.close_connection = True

    def log(self, *_: object) -> None:
        """Faults are counted, not logged."""
