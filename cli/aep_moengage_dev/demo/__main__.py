"""`make demo`: the main job, end to end. Writes `.demo/report.json`, and a picture of the dashboard beside it.

Exit codes: 0 all is well; 1 a profile was lost, is stale, waits on, or has no outcome or several; 2 the demo could not
be played to its end; 130 it was interrupted.
"""

import signal
import sys
import time

import requests
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from aep_moengage_dev.demo.acts import Demo
from aep_moengage_dev.demo.picture import dashboard_picture
from aep_moengage_dev.demo.stage import Stage
from aep_moengage_dev.local.keeper import Keeper
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import PROJECT

WORK = PROJECT / ".demo"
REPORT = WORK / "report.json"
PICTURE = WORK / "dashboard.svg"
_PIPED_WIDTH = 120
_NOT_WELL, _NOT_PLAYED, _INTERRUPTED = 1, 2, 130


def play(console: Console) -> int:
    """Plays the demo and writes its report; returns the exit code."""
    stage = Stage(console)
    REPORT.unlink(missing_ok=True)
    with Keeper(WORK, "A demo is running already; wait for its end."):
        stage.act("The real stack on an emulated AWS, and a MoEngage simulator")
        with LocalStack(WORK, None, stage.say) as stack:
            began = time.time()
            report = Demo(stack, stage).run()
            PICTURE.write_text(dashboard_picture(stack.client, stack.deployment.outputs, began, time.time()), "utf-8")
    report.write(REPORT)
    console.print()
    console.print(report.table())
    console.print(f"\n{report.seconds:.0f} s; the numbers are in {REPORT.relative_to(PROJECT)}")
    if report.unaccounted:
        console.print(f"[red]{report.unaccounted} profiles have no outcome, or more than one.[/]")
    return 0 if report.good else _NOT_WELL


def main() -> int:
    """Plays the demo; whatever ends it, no server is left running."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_INTERRUPTED))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    try:
        return play(console)
    except KeyboardInterrupt:
        console.print("\nInterrupted; everything that was started has been stopped.")
        return _INTERRUPTED
    except (LocalStackError, requests.RequestException, BotoCoreError, ClientError) as error:
        console.print(f"\n[red]{error}[/]\nThe logs are in {WORK / 'logs'}.", soft_wrap=True)
        return _NOT_PLAYED


if __name__ == "__main__":
    sys.exit(main())
