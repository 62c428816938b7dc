"""Policies of IAM (IAM user guide, "IAM JSON policy elements reference")."""

from collections.abc import Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import Statement


def statements(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of one policy; a policy may hold one that stands alone."""
    written = document["Statement"]
    return tuple(
        Statement(
            effect=statement["Effect"],
            actions=_listed(statement, "Action"),
            resources=_listed(statement, "Resource"),
            is_conditional=bool(statement.get("Condition")),
            principals=_principals(statement),
        )
        for statement in ([written] if isinstance(written, Mapping) else written)
    )


def _principals(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Of a policy of a resource; of a role's own there are none."""
    for element, mark in (("Principal", ""), ("NotPrincipal", "!")):
        if element in statement:
            kinds = statement[element] if isinstance(statement[element], Mapping) else {"AWS": statement[element]}
            values = [each for named in kinds.values() for each in ([named] if isinstance(named, str) else named)]
            return tuple(f"{mark}{value}" for value in values)
    return ()


def _listed(statement: Mapping[str, Any], element: str) -> tuple[str, ...]:
    """Its values; those of NotAction and NotResource with a leading "!"."""
    if element in statement:
        mark, values = "", statement[element]
    else:
        mark, values = "!", statement[f"Not{element}"]
    return tuple(f"{mark}{value}" for value in ([values] if isinstance(values, str) else values))
