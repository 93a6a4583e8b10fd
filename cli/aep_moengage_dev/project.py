"""The paths of a checkout of the project, and the environment of its tools."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".tools"
VENV = PROJECT / ".venv"
REGION = "us-east-1"

# Variables that would lead a tool to another interpreter, another AWS, or another configuration.
_MISLEADING = ("AWS_", "SAM_", "PYTHON", "VIRTUAL_ENV", "POWERTOOLS_", "MINISTACK_")


def tool_environment(**extra: str) -> dict[str, str]:
    """Returns this process's environment for a tool: no misleading variables, and the project's tools first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}
    path = os.pathsep.join([str(VENV / "bin"), str(TOOLS / "uv" / "bin"), os.environ.get("PATH", os.defpath)])
    return kept | {"PATH": path, "SAM_CLI_TELEMETRY": "0"} | extra


def aws_environment(endpoint_url: str, **extra: str) -> dict[str, str]:
    """Returns the environment of a tool that calls the emulated AWS."""
    return tool_environment(
        AWS_ENDPOINT_URL=endpoint_url,
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 # the emulator takes any
        AWS_DEFAULT_REGION=REGION,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        **extra,
    )
