"""`make demo`: delivers profiles end to end. Writes `.demo/report.json` and pictures of the run next to it.

With KEEP=1 the stack and its console stay until Ctrl-C. With the argument `pictures` pages of the console are kept as
pictures in docs.

Exit codes: 0 everything was delivered as promised; 1 a profile was lost, is stale, is still in the retry queue, or does
not have exactly one outcome; 2 the demo did not finish; 130 it was interrupted.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import requests
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from aep_moengage_dev.demo.acts import Demo
from aep_moengage_dev.demo.picture import demo_picture
from aep_moengage_dev.demo.report import Report
from aep_moengage_dev.demo.stage import Stage
from aep_moengage_dev.demo.story import steps
from aep_moengage_dev.drawing import files
from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.process_lock import ProcessLock
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import PROJECT

WORK = PROJECT / ".demo"
REPORT = WORK / "report.json"
PICTURE = WORK / "demo.svg"
LOCAL_STACK = PROJECT / ".local" / "stack.json"
_PIPED_WIDTH = 120
_CHECK_SECONDS = 2.0
_NEXT = """
Next:
  make up             keeps a stack running, to try a destination of your own
  make demo KEEP=1    plays this again, and keeps its console open until Ctrl-C"""
_FAILED, _NOT_FINISHED, _INTERRUPTED = 1, 2, 130


def play(console: Console, *, pictures: bool = False) -> int:
    """Runs the demo and writes its report, with `pictures` of the console too; returns the exit code."""
    stage = Stage(console)
    REPORT.unlink(missing_ok=True)
    with ProcessLock(WORK, "A demo is already running. Wait until it ends."):
        stage.act("Deploying the real stack to an emulated AWS, with a MoEngage simulator")
        with LocalStack(WORK, None, stage.say) as stack:
            demo = _demo(pictures)(stack, stage)
            report = demo.run()
            report.write(REPORT)
            _draw(demo, report)
            _show(console, report)
            if os.environ.get("KEEP") == "1":
                _keep(console, stack)
            else:
                console.print(_NEXT)
    return 0 if report.good else _FAILED


def _demo(pictures: bool) -> type[Demo]:
    if not pictures:
        return Demo
    from aep_moengage_dev.demo.console_pictures import PicturedDemo  # noqa: PLC0415 # only pictures need a browser

    return PicturedDemo


def _draw(demo: Demo, report: Report) -> None:
    counted = steps(demo.changes())
    for file, scheme in files(PICTURE).items():
        file.write_text(demo_picture(demo.story.phases, counted, report, scheme), "utf-8")


def _show(console: Console, report: Report) -> None:
    console.print()
    console.print(report.table())
    console.print(f"\n{report.seconds:.0f} s. Numbers: {_shown(REPORT)}. Picture: {_shown(PICTURE)}.")
    if report.unaccounted:
        console.print(f"[red]{report.unaccounted} profiles do not have exactly one outcome.[/]")


def _keep(console: Console, stack: LocalStack) -> None:
    """Leaves the stack and its console running until Ctrl-C, for --local too unless `make up` has a stack running."""
    described = nullcontext() if LOCAL_STACK.exists() else _described(stack)
    with LocalConsole(WORK, stack.description()) as pages, described:
        console.print(f"\nThe console is at {pages.address} (the address works once).", soft_wrap=True, markup=False)
        console.print("Ctrl-C stops the stack.")
        with suppress(KeyboardInterrupt):
            while True:
                stack.check_alive()
                time.sleep(_CHECK_SECONDS)


@contextmanager
def _described(stack: LocalStack) -> Iterator[None]:
    LOCAL_STACK.parent.mkdir(exist_ok=True)
    stack.write_description(LOCAL_STACK)
    try:
        yield
    finally:
        LOCAL_STACK.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Runs the demo; however it ends, no server is left running."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_INTERRUPTED))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    try:
        return play(console, pictures="pictures" in arguments)
    except KeyboardInterrupt:
        console.print("\nInterrupted. All processes of the demo are stopped.")
        return _INTERRUPTED
    except (LocalStackError, requests.RequestException, BotoCoreError, ClientError) as error:
        console.print(f"\n[red]{error}[/]\nThe logs are in {WORK / 'logs'}.", soft_wrap=True)
        return _NOT_FINISHED


def _shown(file: Path) -> Path:
    return file.relative_to(PROJECT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
