"""template.yaml as plain data: ``!Ref X`` reads as ``{"Ref": "X"}``, ``!Sub`` and others as ``{"Fn::Sub": ...}``."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
FUNCTIONS = ("MonitorFunction", "LightFunction")

Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions (AWS CloudFormation user guide, "Intrinsic functions")."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


def load_template(path: Path = TEMPLATE) -> Json:
    """Return the whole template."""
    template: Json = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    return template


def resource(name: str) -> Json:
    """Return the properties of a resource, by its logical id; a function's with those that all functions share."""
    template = load_template()
    declared = template["Resources"][name]
    shared: Json = template["Globals"]["Function"] if declared["Type"] == "AWS::Serverless::Function" else {}
    return shared | declared["Properties"]


def literal_variables() -> dict[str, str]:
    """Return the function's environment variables that do not depend on the account."""
    variables = resource("MonitorFunction")["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if isinstance(value, str)}
