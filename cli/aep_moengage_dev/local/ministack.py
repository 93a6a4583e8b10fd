"""The emulated AWS."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from aep_moengage_dev.local.children import Child
from aep_moengage_dev.local.problems import LocalStackError, tail
from aep_moengage_dev.project import PROJECT, REGION, TOOLS, tool_environment

_START_SECONDS = 60.0
_PYTHON = TOOLS / "ministack" / "bin" / "python"
_SERVER = "aep_moengage_dev.local.emulator"
_ALARM_LAPSE = 60.0  # an alarm's minute takes a second


class MiniStack(Child):
    """MiniStack, with its state and its functions' code in `work`; `url` is every service's endpoint.

    With `authorizes` it evaluates IAM's policies; without, every call is allowed. `function_environment` is added to
    that of all functions.
    """

    def __init__(
        self, work: Path, *, authorizes: bool = False, function_environment: Mapping[str, str] | None = None
    ) -> None:
        if not _PYTHON.exists():
            raise LocalStackError("MiniStack is not installed: run `make setup`.")
        self._scratch = work / "ministack"
        shutil.rmtree(self._scratch, ignore_errors=True)  # a killed run leaves it behind
        self._scratch.mkdir(parents=True)
        super().__init__(
            "MiniStack",
            [str(_PYTHON), "-P", "-m", _SERVER, str(_ALARM_LAPSE)],
            log=work / "logs" / "ministack.log",
            env=self._environment() | {"AUTH": str(authorizes).lower()} | dict(function_environment or {}),
            cwd=self._scratch,
        )
        self.url: str = self.greeting(_START_SECONDS)["url"]
        self._wait_until_up()

    def _environment(self) -> dict[str, str]:
        return tool_environment(
            TMPDIR=str(self._scratch),
            STATE_DIR=str(self._scratch / "state"),
            S3_DATA_DIR=str(self._scratch / "s3"),
            PERSIST_STATE="0",
            MINISTACK_REGION=REGION,
            LAMBDA_EXECUTOR="local",  # worker processes of the same Python; never Docker
            DOCKER_HOST="",
            PYTHONUNBUFFERED="1",
            PYTHONPATH=str(PROJECT / "cli"),
        )

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                if requests.get(f"{self.url}/_ministack/health", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        self.stop()
        raise LocalStackError(f"MiniStack does not answer. {tail(self.log)}")

    def set_queues_forward(self, seconds: float) -> None:
        """Advances the clock of the queues, and no other: hidden and delayed messages come back earlier."""
        self.write_line(str(seconds))

    def stop(self) -> None:
        """Ends it with everything that it emulates."""
        super().stop()
        shutil.rmtree(self._scratch, ignore_errors=True)
