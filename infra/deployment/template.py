"""The template as data, intrinsic functions as `{"Fn::GetAtt": …}`: as CloudFormation itself reads it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """Read `template.yaml`."""
    return parse((ROOT / "template.yaml").read_text())


def parse(text: str) -> dict[str, Any]:
    """Read a template of YAML or JSON."""
    return dict(yaml.load(text, _Loader))  # noqa: S506 - a safe loader's child


def resource(name: str) -> dict[str, Any]:
    """Return one resource."""
    return dict(template()["Resources"][name])


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a type, by name."""
    return {name: one for name, one in template()["Resources"].items() if one["Type"] == kind}
