"""`sam build` and `sam deploy` of the project's template to the emulated AWS."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from aep_moengage_dev.local.children import run
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.project import PROJECT, REGION, TOOLS, aws_environment, tool_environment

STACK = "aep-moengage"
_SAM = TOOLS / "sam" / "bin" / "sam"
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: its name and its outputs."""

    name: str
    outputs: Mapping[str, str]

    def api_url(self, endpoint_url: str) -> str:
        """Returns the HTTP API's URL, which names the API in its path here and in its host on AWS."""
        return f"{endpoint_url}/_aws/execute-api/{self.outputs['ApiId']}/$default"

    def profiles_url(self, endpoint_url: str, destination: str) -> str:
        """Returns the URL that a destination's profiles are posted to."""
        return f"{self.api_url(endpoint_url)}/destinations/{destination}/profiles"

    def log_lines(self, endpoint_url: str) -> Iterator[str]:
        """Yields the log lines of the functions."""
        pages = client("logs", endpoint_url).get_paginator("filter_log_events")
        groups = (self.outputs.get(f"{function}LogGroupName") for function in ("Ingest", "Drain", "Stream"))
        for group in filter(None, groups):
            for page in pages.paginate(logGroupName=group):
                yield from (event["message"] for event in page["events"])


def host_architecture() -> str:
    """Returns Lambda's name of this machine's processor, because the emulator runs the functions on it."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        known = ", ".join(sorted(set(_ARCHITECTURES.values())))
        raise LocalStackError(f"This machine's processor is {machine}; Lambda's functions run on {known}.")
    return _ARCHITECTURES[machine]


def client(service: Any, endpoint_url: str) -> Any:
    """Returns a boto3 client of a service of the emulated AWS."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 # the emulator takes any
    )


def build(work: Path) -> float:
    """Builds functions and layer for this machine; returns the seconds it took."""
    if not _SAM.exists():
        raise LocalStackError("SAM is not installed: run `make setup`.")
    command = [str(_SAM), "build", "--cached", "--template-file", str(PROJECT / "template.yaml")]
    command += ["--build-dir", str(work / "build"), "--cache-dir", str(work / "build-cache")]
    command += ["--parameter-overrides", f"Architecture={host_architecture()}"]
    env = tool_environment(ARCHITECTURE=host_architecture(), AWS_DEFAULT_REGION=REGION)
    return run(command, log=work / "logs" / "build.log", env=env, cwd=PROJECT, failed="`sam build` failed.")


def deploy(work: Path, endpoint_url: str, parameters: Mapping[str, str], stack: str = STACK) -> Deployment:
    """Deploys the built template; `parameters` override its defaults."""
    bucket = f"{stack}-artifacts"
    client("s3", endpoint_url).create_bucket(Bucket=bucket)
    overrides = {"Architecture": host_architecture()} | dict(parameters)
    command = [str(_SAM), "deploy", "--template-file", str(work / "build" / "template.yaml")]
    command += ["--stack-name", stack, "--s3-bucket", bucket, "--no-resolve-s3", "--no-confirm-changeset"]
    command += [
        "--capabilities",
        "CAPABILITY_IAM",
        "--no-progressbar",
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in overrides.items()),
    ]
    env = aws_environment(endpoint_url, SAM_CLI_POLLING_DELAY="0.5")
    run(command, log=work / "logs" / "deploy.log", env=env, cwd=PROJECT, failed="`sam deploy` failed.")
    return Deployment(stack, _outputs(endpoint_url, stack))


def _outputs(endpoint_url: str, stack: str) -> dict[str, str]:
    described = client("cloudformation", endpoint_url).describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
