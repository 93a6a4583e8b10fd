"""Run the simulator by itself: `python -m aep_moengage_dev.simulator --username ACME --password KEY`.

Prints one line of JSON with its URL. Stops on SIGTERM, on SIGINT, or when its parent process has ended.
"""

import argparse
import json
import os
import signal
import sys
import threading

from aep_moengage_dev.simulator.simulator import Simulator


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal, or what the options name, ends it."""
    options = _parser().parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if options.until_eof:
        threading.Thread(target=_wait_for_eof, args=(stopping,), daemon=True).start()
    with _simulator(options) as simulator:
        started = {"url": simulator.url, "username": options.username, "pid": os.getpid()}
        sys.stdout.write(json.dumps(started) + "\n")
        sys.stdout.flush()
        parent = os.getppid()
        while not stopping.wait(0.5):
            if not options.keep_running and os.getppid() != parent:
                break
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aep_moengage_dev.simulator", description="A MoEngage simulator.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--username", required=True, help="the DATA APP ID that is accepted")
    parser.add_argument("--password", required=True, help="the DATA APP KEY that is accepted")
    parser.add_argument("--any-username", action="store_true", help="accept any DATA APP ID, as of the same workspace")
    parser.add_argument("--bulk-rejects", choices=["batch", "element", "silent"], default="batch")
    parser.add_argument("--users-per-minute", type=int, help="enforce this rate limit")
    parser.add_argument("--reset-as", choices=["seconds", "epoch"], default="seconds")
    parser.add_argument("--requests-kept", type=int, help="keep only so many requests")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    parser.add_argument("--keep-running", action="store_true", help="outlive the process that starts it")
    return parser


def _simulator(options: argparse.Namespace) -> Simulator:
    return Simulator(
        username=options.username,
        password=options.password,
        any_username=options.any_username,
        port=options.port,
        bulk_rejects=options.bulk_rejects,
        users_per_minute=options.users_per_minute,
        reset_as=options.reset_as,
        requests_kept=options.requests_kept,
    )


def _wait_for_eof(stopping: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stopping.set()


if __name__ == "__main__":
    sys.exit(main())
