"""The page of the stack's parameters and outputs, from its template."""

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.decode import cfn_yaml

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference.markdown import GENERATED, cell, table

type Part = Mapping[str, Any]


def stack_page() -> str:
    """Returns the page of the stack."""
    return "\n".join(_page(dict(cfn_yaml.load(str(PROJECT / "template.yaml")))))


def _page(template: Part) -> Iterator[str]:
    yield from ("# The stack's parameters and outputs", "", GENERATED, "")
    yield "`aep-moengage deploy --parameter NAME=VALUE` sets a parameter; those that you don't name keep their values."
    yield ""
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        yield from (f"## {group['Label']['default']}", "")
        named = ((name, template["Parameters"][name]) for name in group["Parameters"])
        yield from table(
            ("parameter", "default", "meaning"),
            ((f"`{name}`", _default(each), cell(each["Description"])) for name, each in named),
        )
    yield from ("## Outputs", "", "`aws cloudformation describe-stacks` shows them.", "")
    outputs = template["Outputs"].items()
    yield from table(("output", "content"), ((f"`{name}`", cell(each["Description"])) for name, each in outputs))


def _default(parameter: Part) -> str:
    default = str(parameter.get("Default", ""))
    return f"`{default}`" if default else ""
