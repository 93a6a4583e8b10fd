"""What `sam local invoke` needs to run the functions in containers against the local stack.

SAM sets only variables that the template declares, so a copy of the built template declares the emulator's endpoint
too; the values are those of the deployed functions. In a container this machine has another name than 127.0.0.1.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FUNCTIONS = {"IngestFunction": "IngestFunctionName", "DrainFunction": "DrainFunctionName"}  # and their outputs
_ENDPOINT = "AWS_ENDPOINT_URL"
_HERE, _FROM_CONTAINERS = "127.0.0.1", "host.docker.internal"


def write_invocation(
    work: Path, awslambda: Any, outputs: Mapping[str, str], endpoint_url: str, architecture: str
) -> None:
    """Writes `build/invoke.yaml` and `env.json` into `work`; `awslambda` is a client of the emulated AWS.

    `architecture` is that for which the template was built.
    """
    template = yaml.safe_load((work / "build" / "template.yaml").read_text())
    template["Globals"]["Function"]["Environment"]["Variables"][_ENDPOINT] = endpoint_url
    template["Parameters"]["Architecture"]["Default"] = architecture
    (work / "build" / "invoke.yaml").write_text(yaml.safe_dump(template, sort_keys=False))
    environments = {
        function: awslambda.get_function_configuration(FunctionName=outputs[output])["Environment"]["Variables"]
        | {_ENDPOINT: endpoint_url}
        for function, output in FUNCTIONS.items()
    }
    text = json.dumps(environments, indent=2).replace(_HERE, _FROM_CONTAINERS)
    (work / "env.json").write_text(text + "\n")
