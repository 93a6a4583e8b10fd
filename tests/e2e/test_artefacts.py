"""The artefacts of `sam build`: the package, its dependencies, their bytecode, and no tools."""

from pathlib import Path

from aep_moengage_dev.local.stack import LocalStack

LARGEST_LAYER = 40_000_000  # bytes unpacked, of the 250 MB that Lambda allows; a new dependency shows here
NOT_FOR_LAMBDA = {"aep_moengage_cli", "boto3", "botocore", "click", "rich", "typer", "yaml", "moto", "tests"} | {
    "jinja2",
    "markdown_it",
    "starlette",
    "uvicorn",
}


def layer(stack: LocalStack) -> Path:
    return stack.work / "build" / "ConnectorLayer" / "python"


def test_artefacts_hold_no_tools(stack: LocalStack) -> None:
    assert {path.stem for path in layer(stack).iterdir()} & NOT_FOR_LAMBDA == set()
    for function in ("IngestFunction", "DrainFunction", "StreamFunction", "TruststoreFunction"):
        files = {path.name for path in (stack.work / "build" / function).rglob("*") if path.is_file()}
        assert files == {"app.py"}, function


def test_layer_holds_the_package_and_is_small(stack: LocalStack) -> None:
    assert (layer(stack) / "aep_moengage" / "mapping" / "mapping.py").exists()
    assert sum(path.stat().st_size for path in layer(stack).rglob("*") if path.is_file()) < LARGEST_LAYER


def test_every_module_has_unchecked_bytecode(stack: LocalStack) -> None:
    modules = list(layer(stack).rglob("*.py"))
    assert len(modules) > 100
    for module in modules:
        (bytecode,) = (module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc")
        flags = int.from_bytes(bytecode.read_bytes()[4:8], "little")
        assert flags == 0b01, f"{module} is checked against its source, whose times a zip changes"


def test_installed_packages_have_their_metadata(stack: LocalStack) -> None:
    installed = {path.name.partition("-")[0] for path in layer(stack).glob("*.dist-info")}
    assert {"aws_lambda_powertools", "pydantic", "requests", "jmespath"} <= installed
