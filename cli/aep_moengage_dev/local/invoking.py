"""The files that `sam local invoke` needs to run the functions in containers against the local stack.

SAM sets only variables that the template declares, so a copy of the built template also declares the emulator's
endpoint. The values are those of the deployed functions, with the name that this machine has in a container. The sample
events are copied with the stack's credentials.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from aep_moengage_dev.local.containers import LOOPBACK
from aep_moengage_dev.project import PROJECT

FUNCTIONS = ("IngestFunction", "DrainFunction", "StreamFunction")  # an output is the deployed name of each
SAMPLE_ID, SAMPLE_TOKEN = "acme-production", "acme-production.the-token-that-connect-printed"
SAMPLE_BASIC = base64.b64encode(b"ACME1234:the-data-app-key").decode()
_ENDPOINT = "AWS_ENDPOINT_URL"


class EventSender(NamedTuple):
    """A sender with its credentials for the local stack's destination."""

    destination: str
    token: str
    username: str
    password: str


def write_invocation(work: Path, architecture: str, environments: Mapping[str, Mapping[str, str]], host: str) -> None:
    """Writes `build/invoke.yaml` and `env.json` into `work`.

    `architecture`: of the built template. `host`: this machine's name in a container.
    """
    template = yaml.safe_load((work / "build" / "template.yaml").read_text())
    template["Globals"]["Function"]["Environment"]["Variables"][_ENDPOINT] = "set by env.json"
    template["Parameters"]["Architecture"]["Default"] = architecture
    (work / "build" / "invoke.yaml").write_text(yaml.safe_dump(template, sort_keys=False))
    text = json.dumps(environments, indent=2).replace(LOOPBACK, host)
    (work / "env.json").write_text(text + "\n")


def environments(awslambda: Any, outputs: Mapping[str, str], endpoint_url: str) -> dict[str, dict[str, str]]:
    """Returns the deployed functions' environments; `awslambda` is a client of the emulated AWS."""
    return {
        function: awslambda.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        | {_ENDPOINT: endpoint_url}
        for function in FUNCTIONS
        if (name := outputs.get(f"{function}Name"))
    }


def write_events(work: Path, sender: EventSender) -> None:
    """Copies the sample events of Lambda into `work`/events with the sender's credentials."""
    basic = base64.b64encode(f"{sender.username}:{sender.password}".encode()).decode()
    (work / "events").mkdir(mode=0o700, exist_ok=True)
    for kind in ("apigateway", "sqs", "kinesis"):
        for sample in (PROJECT / "events").glob(f"{kind}-*.json"):
            text = sample.read_text().replace(SAMPLE_TOKEN, sender.token).replace(SAMPLE_BASIC, basic)
            (work / "events" / sample.name).write_text(text.replace(SAMPLE_ID, sender.destination))
