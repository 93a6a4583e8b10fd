"""The MoEngage simulator as a child process."""

import sys
from pathlib import Path

from aep_moengage_dev.local.children import Child
from aep_moengage_dev.project import PROJECT, tool_environment

_START_SECONDS = 30.0


class MoEngageSimulator(Child):
    """A MoEngage workspace with the given credentials, or any DATA APP ID with the key; `url` is its API."""

    def __init__(self, work: Path, *, username: str, password: str, any_username: bool = False) -> None:
        command = [sys.executable, "-m", "aep_moengage_dev.simulator", "--port", "0", "--until-eof"]
        command += ["--any-username"] if any_username else []
        super().__init__(
            "The MoEngage simulator",
            [*command, f"--username={username}", f"--password={password}"],  # a password may begin with -
            log=work / "logs" / "simulator.log",
            env=tool_environment(),
            cwd=PROJECT,
        )
        self.url: str = self.greeting(_START_SECONDS)["url"]
