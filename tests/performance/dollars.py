"""Dollars per million profiles, from what was measured: CPU, calls and log bytes; waiting times are assumed.

The prices and the assumed times are those of `aep-moengage plan`. Memory sizes and log levels are those of a checkout's
template.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.performance.profiles import PROFILES
from tests.performance.report import Figures
from tests.performance.traffic import Traffic

from aep_moengage_cli.capacity.costs import Usage, dollars, lambda_usage
from aep_moengage_cli.capacity.measurements import kept_measurements

_FULL_PROCESSOR_MB = 1_769  # Lambda gives a function one processor with this memory, and less in proportion
_LEDGER_ROUNDS = 3  # calls to DynamoDB that follow each other: a read, the claim, the settling
_ACCESS_LINE, _LAMBDA_LINES, _LINE = 330, 460, 26  # bytes: of the gateway, of Lambda itself, and what a line costs more
_BATCH, _LARGE = 50, 100  # profiles of a request that is delivered at once, and of one that is queued


def dollars_of(checkout: Path, figures: Figures, traffic: Traffic) -> dict[str, dict[str, float]]:
    """Returns dollars per million profiles by way and service, with `total`; nothing for figures that are lacking."""
    try:
        return dollars(_ways(_memory(checkout), figures, traffic))
    except KeyError:
        return {}


def _ways(memory: Mapping[str, int], figures: Figures, traffic: Traffic) -> Mapping[str, Usage]:
    measured = kept_measurements()
    ledger = _LEDGER_ROUNDS * measured.dynamodb.call_ms
    changed = Usage(reads=measured.dynamodb.reads, writes=measured.dynamodb.writes)
    unchanged = Usage(reads=measured.dynamodb.reads, writes=measured.dynamodb.writes / 2)

    def request(kind: str, figure: str, profiles: int, waits: float) -> Usage:
        run = lambda_usage(memory["ingest"], _busy(figures[figure], memory["ingest"]) + waits, profiles)
        log = traffic.log_bytes[kind] + _LINE + _ACCESS_LINE + memory["lines"]
        return run + Usage(api_requests=1 / profiles, log_bytes=log / profiles)

    def drained(figure: str) -> Usage:
        waits = ledger + measured.moengage.bulk_ms * traffic.calls["drain/1000"]["MoEngage"]
        run = lambda_usage(memory["drain"], _busy(figures[figure], memory["drain"]) + waits, PROFILES)
        message = measured.message_bytes / 65_536  # SQS counts 64 KB as a request; a message is sent, received, deleted
        log = (traffic.log_bytes["drain/1000"] + _LINE + memory["lines"]) / PROFILES
        return run + Usage(queue_requests=2 * message + 1 / _LARGE, log_bytes=log)

    single = measured.moengage.single_ms
    queued = request("ingest/100", "ingest/100", _LARGE, measured.dynamodb.call_ms)
    return {
        "one a request": request("ingest/1", "ingest/1", 1, ledger + single) + changed,
        "50 a request": request("ingest/50", "ingest/50", _BATCH, ledger + measured.moengage.bulk_ms) + changed,
        "queued": queued + drained("drain/with ledger") + changed,
        "unchanged, one a request": request("ingest/1 unchanged", "ingest/1 unchanged", 1, ledger) + unchanged,
    }


def _busy(seconds: float, memory_mb: int) -> float:
    """Returns the milliseconds that some CPU time takes with a memory size."""
    return 1000 * seconds / min(1.0, memory_mb / _FULL_PROCESSOR_MB)


def _memory(checkout: Path) -> dict[str, int]:
    """Returns the memory in MB of both functions, and the bytes that Lambda itself logs for an invocation."""
    template = (checkout / "template.yaml").read_text()
    lines = 0 if "SystemLogLevel: WARN" in template else _LAMBDA_LINES
    return {"ingest": _megabytes(template, "Ingest"), "drain": _megabytes(template, "Drain"), "lines": lines}


def _megabytes(template: str, function: str) -> int:
    """Returns a function's memory, which may be a parameter's default."""
    resource = template.partition(f"\n  {function}Function:\n")[2]
    number, parameter = re.findall(r"MemorySize: (?:(\d+)|!Ref (\w+))", resource)[0]
    return int(number or re.findall(rf"\n  {parameter}:\n    Type: Number\n    Default: (\d+)", template)[0])
