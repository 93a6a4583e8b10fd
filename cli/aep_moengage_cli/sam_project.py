"""The SAM project that `deploy` builds: the template, the functions and the layer, as this command has them.

An installed wheel carries them beside the commands; in a clone they are where they are written. The layer's package is
the one that this command runs itself, so that what `preview` shows is what is deployed.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import aep_moengage
from aep_moengage_cli.errors import CommandError

_PACKED = Path(__file__).with_name("sam_project")
_CLONE = Path(__file__).parents[2]
_FILES = (
    "template.yaml",
    "samconfig.toml",
    "functions",
    "layers/connector/Makefile",
    "layers/connector/requirements.txt",
)
_PACKAGE = Path("layers", "connector", "aep_moengage")
_NOT_BUILT = shutil.ignore_patterns("__pycache__")
_FOR_THE_LAYER = {"Architecture": "ARCHITECTURE", "PythonRuntime": "PYTHON_VERSION"}  # parameter -> its Makefile's name


def write_project(directory: Path) -> None:
    """Writes the project into a directory; what it has of an earlier version is replaced.

    Raises:
        CommandError: if this command was installed without the project.
    """
    source = _PACKED if _PACKED.is_dir() else _CLONE
    if not (source / "template.yaml").is_file():
        raise CommandError(
            "This installation has no template: install the wheel of aep-moengage, or run it in a clone."
        )
    for name in _FILES:
        _replace(source / name, directory / name)
    _replace(Path(aep_moengage.__file__).parent, directory / _PACKAGE)


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=_NOT_BUILT)
    else:
        shutil.copyfile(source, target)


def sam_command() -> list[str]:
    """Returns the words that run SAM: the one on PATH, else the one that uv installs.

    Raises:
        CommandError: if there is neither.
    """
    if found := shutil.which("sam"):
        return [found]
    if found := shutil.which("uvx"):
        return [found, "--from", "aws-sam-cli", "sam"]
    raise CommandError("AWS SAM is not installed: `uv tool install aws-sam-cli` (or pipx) installs it.")


def build_environment(parameters: Mapping[str, str]) -> dict[str, str]:
    """Returns what the layer's Makefile has to know of the parameters."""
    return {
        variable: parameters[parameter].removeprefix("python")
        for parameter, variable in _FOR_THE_LAYER.items()
        if parameter in parameters
    }


def deploy_words(
    stack: str, region: str, profile: str | None, parameters: Mapping[str, str], *, ask: bool
) -> list[str]:
    """Returns the words of `sam deploy`; parameters that are not given keep the values that they have."""
    words = ["deploy", "--stack-name", stack, "--region", region, "--s3-prefix", stack]
    words += ["--profile", profile] if profile else []
    words += ["--confirm-changeset" if ask else "--no-confirm-changeset"]
    given = [f"{name}={value}" for name, value in parameters.items()]
    return [*words, *(["--parameter-overrides", *given] if given else [])]


def read_parameters(given: Sequence[str]) -> dict[str, str]:
    """Returns parameters that are written NAME=VALUE; raises `CommandError` if one is not."""
    for each in given:
        if "=" not in each.lstrip("="):
            raise CommandError(f"--parameter {each}: write it as NAME=VALUE.")
    return dict(each.split("=", 1) for each in given)


def sam_environment(parameters: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of SAM: this one, without its telemetry unless it is asked for."""
    return {"SAM_CLI_TELEMETRY": "0"} | os.environ | build_environment(parameters)
