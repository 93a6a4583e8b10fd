"""MiniStack on a free port of 127.0.0.1 until standard input ends, with behaviour of AWS that it lacks.

    python -m aep_moengage_dev.local.emulator LAPSE

Run by the Python of MiniStack's environment, which has none of this project's dependencies. Prints one line of JSON
with its `url` before it serves. Time passes for alarms LAPSE times faster than on AWS. Each line of its input is a
number of seconds by which to advance the clock of the queues.
"""

import asyncio
import importlib
import json
import logging
import os
import re
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from aep_moengage_dev.local.emulated_alarms import Alarms
from aep_moengage_dev.local.emulated_conditions import resolving
from aep_moengage_dev.local.emulated_metrics import extracting, measured, publish_queues

logger = logging.getLogger("emulator")

_HOST = "127.0.0.1"
_MOST_IN_BATCH_BYTES = 5_000_000  # Lambda takes 6 MB, envelopes included
_EVALUATING = ("changesets", "handlers", "stacks")  # modules of MiniStack that evaluate a template's conditions
_STATEMENT = re.compile(r'\s*(?P<verb>INSERT|UPDATE)[^"]*"(?P<table>[^"]+)"')  # in PartiQL
_LONGEST_BATCH_SECONDS = 120.0  # longer than the time-outs of the functions
_LOOK_SECONDS = 0.02
_WATCH_SECONDS = 1.0  # how often queues are measured and alarms evaluated; at least twice in an alarm's minute


class QueueTime:
    """Replaces the module `time` in MiniStack's queues, so that nobody has to wait for hidden and delayed messages.

    `in_flight` counts the batches that functions work on. Until they are done, time passes as usual: their messages
    must not become visible meanwhile.
    """

    def __init__(self, in_flight: Callable[[], int], sleep: Callable[[float], None] = time.sleep) -> None:
        self._in_flight = in_flight
        self._sleep = sleep
        self._ahead = 0.0

    def set_forward(self, seconds: float) -> None:
        """Advances the time once no batch is in flight; not at all if one stays longer than a function may run."""
        for _ in range(int(_LONGEST_BATCH_SECONDS / _LOOK_SECONDS)):
            if not self._in_flight():
                self._ahead += seconds
                return
            self._sleep(_LOOK_SECONDS)
        logger.error("the time of the queues is not advanced: a batch does not end")

    def time(self) -> float:
        """Returns the time of the queues, in epoch seconds."""
        return time.time() + self._ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class Batches:
    """Batches for event source mappings as on AWS: large, and filled over the batching window.

    MiniStack's own batches hold ten messages, whatever the mapping says.
    """

    def __init__(self, sqs: Any, functions: Any, clock: Callable[[], float] = time.time) -> None:
        self._sqs = sqs
        self._functions = functions
        self._clock = clock
        self._since: dict[str, float] = {}

    def receive(self, queue_url: str, most: int) -> list[dict[str, Any]]:
        """Returns the queue's next batch; none while it is still filling."""
        with self._sqs._queues_lock:
            queue = self._sqs._get_q(queue_url)
            self._sqs._expire_retained(queue)
            self._sqs._dlq_sweep(queue)
            ready, full = self._ready(queue, most)
            if not ready or (not full and self._filling(queue)):
                return []
            self._since.pop(queue["url"], None)
            visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
            taken: list[dict[str, Any]] = self._sqs._collect_msgs(queue, ready, visibility)
            return taken

    def _ready(self, queue: dict[str, Any], most: int) -> tuple[int, bool]:
        """Returns the number of messages that a batch would hold now, and whether it is full."""
        now, ready, room = self._clock(), 0, _MOST_IN_BATCH_BYTES
        for message in queue["messages"]:
            if message.get("visible_at", 0) <= now:
                room -= len(message["body"])
                if ready and room < 0:
                    return ready, True
                ready += 1
                if ready == most:
                    return ready, True
        return ready, False

    def _filling(self, queue: dict[str, Any]) -> bool:
        since = self._since.setdefault(queue["url"], self._clock())
        return self._clock() - since < self._window(queue["attributes"]["QueueArn"])

    def _window(self, queue_arn: str) -> float:
        mappings = [each for *_, each in self._functions._iter_all_esms() if each["EventSourceArn"] == queue_arn]
        return min((float(each["MaximumBatchingWindowInSeconds"]) for each in mappings), default=0.0)


def _numeric_concurrency(concurrency: Callable[..., int]) -> Callable[..., int]:
    """Converts a mapping's MaximumConcurrency: where the template refers to a parameter, MiniStack keeps it as text."""

    def numeric(mapping: dict[str, Any], *rest: Any) -> int:
        scaling = mapping.get("ScalingConfig") or {}
        if "MaximumConcurrency" in scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return concurrency(mapping, *rest)

    return numeric


def _resources_as_on_aws(resource: Callable[..., str]) -> Callable[..., str]:
    """Names the resource where AWS asks the policies about one and MiniStack, with AUTH=true, asks about none.

    Of a call that names several parameters or statements it is the first one's; AWS asks about each.
    """

    def named(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
        found = resource(service, method, path, headers, body, *rest)
        region, account = rest[-2:]
        if service == "logs" and found != "*":
            return f"{found}:log-stream:"
        if found != "*":
            return found
        if service == "ssm":
            asked = json.loads(body)
            name = asked.get("Path") or next(iter(asked.get("Names", ())), None)
            return f"arn:aws:ssm:{region}:{account}:{f'parameter{name}' if name else '*'}"
        if service == "dynamodb" and (statement := _first_statement(body)):
            return f"arn:aws:dynamodb:{region}:{account}:table/{statement['table']}"
        if service == "monitoring" and f"{path}{headers.get('x-amz-target')}".endswith("DescribeAlarms"):
            return f"arn:aws:cloudwatch:{region}:{account}:alarm:*"
        return found

    return named


def _actions_as_on_aws(action: Callable[..., str | None]) -> Callable[..., str | None]:
    """Names the actions of a batch's entries: batches of messages and of statements have no action of their own."""

    def named(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str | None:
        found = action(service, method, path, headers, body, *rest)
        if found == "dynamodb:BatchExecuteStatement" and (statement := _first_statement(body)):
            return f"dynamodb:PartiQL{statement['verb'].title()}"
        return found.removesuffix("Batch") if found and service == "sqs" else found

    return named


def _first_statement(body: bytes) -> re.Match[str] | None:
    statements = json.loads(body).get("Statements", [{}])
    return _STATEMENT.match(statements[0].get("Statement", ""))


async def _serve(listener: socket.socket, lapse: float) -> None:
    hypercorn: Any = importlib.import_module("hypercorn.config")
    serving: Any = importlib.import_module("hypercorn.asyncio")
    application: Any = importlib.import_module("ministack.app")
    sqs: Any = importlib.import_module("ministack.services.sqs")
    functions: Any = importlib.import_module("ministack.services.lambda_svc")
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    actions.extract_iam_action = _actions_as_on_aws(actions.extract_iam_action)
    actions.extract_resource_arn = _resources_as_on_aws(actions.extract_resource_arn)
    sqs.time = queue_time = QueueTime(in_flight=lambda: len(functions._esm_inflight))
    sqs._receive_messages_for_esm = Batches(sqs, functions, queue_time.time).receive
    functions._sqs_esm_concurrency = _numeric_concurrency(functions._sqs_esm_concurrency)
    _resolve_conditions()
    _monitor(sqs, lapse)
    config = hypercorn.Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.backlog = 1000
    config.errorlog = "-"
    await serving.serve(application.app, config, shutdown_trigger=_end_of_input(queue_time))


def _resolve_conditions() -> None:
    """Wraps the evaluation of conditions in every module of MiniStack that does it."""
    for name in _EVALUATING:
        module: Any = importlib.import_module(f"ministack.services.cloudformation.{name}")
        module._evaluate_conditions = resolving(module._evaluate_conditions)


def _monitor(sqs: Any, lapse: float) -> None:
    """Publishes the metrics of AWS's services, and evaluates the alarms, until this process ends."""
    cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
    logs: Any = importlib.import_module("ministack.services.cloudwatch_logs")
    gateway: Any = importlib.import_module("ministack.services.apigateway")
    logs._append_log_events = extracting(logs._append_log_events, cloudwatch)
    gateway.handle_execute = measured(gateway.handle_execute, cloudwatch)
    alarms = Alarms(cloudwatch, lapse)
    cloudwatch._evaluate_alarm = alarms.evaluate

    def watch() -> None:
        while True:
            publish_queues(sqs, cloudwatch)
            alarms.evaluate_all()
            time.sleep(min(_WATCH_SECONDS, 60 / lapse / 2))

    threading.Thread(target=watch, name="monitoring", daemon=True).start()


def _end_of_input(queue_time: QueueTime) -> Any:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        for line in sys.stdin.buffer:
            queue_time.set_forward(float(line))
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    return ended.wait


def main() -> None:
    """Serve."""
    listener = socket.create_server((_HOST, 0), backlog=1000)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    port = listener.getsockname()[1]
    os.environ.pop("PYTHONPATH", None)  # it leads to this project; the functions must not see it
    os.environ |= {"GATEWAY_PORT": str(port), "MINISTACK_HOST": _HOST, "BIND_HOST": _HOST}
    print(json.dumps({"url": f"http://{_HOST}:{port}"}), flush=True)  # noqa: T201 # for the parent process
    status = 1
    try:
        asyncio.run(_serve(listener, float(sys.argv[1])))
        status = 0
    except Exception:
        traceback.print_exc()
    os._exit(status)  # without waiting for hanging invocations: their queues and tables are gone


if __name__ == "__main__":
    main()
