"""Applies a piece of Terraform: each resource once, what it refers to before it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.diagnosis.fixing import balancers, containers, lookups, names, network, permissions, services, stores
from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.diagnosis.fixing.state import State
from tests.sandbox.world import World
from tests.unit.diagnosis.fixes.terraform_reader import Block, Reference, read

type Apply = Callable[[Resource], Attributes]

_RESOURCES: Mapping[str, Apply] = {
    "aws_acm_certificate": names.certificate,
    "aws_acm_certificate_validation": names.validation,
    "aws_cloudwatch_log_group": stores.log_group,
    "aws_db_instance": stores.database,
    "aws_ecs_cluster": services.cluster,
    "aws_ecs_service": services.service,
    "aws_ecs_task_definition": containers.task_definition,
    "aws_elasticache_replication_group": stores.redis,
    "aws_iam_role_policy": permissions.inline,
    "aws_iam_role_policy_attachment": permissions.attached,
    "aws_lb": balancers.load_balancer,
    "aws_lb_listener": balancers.listener,
    "aws_lb_listener_certificate": balancers.further_certificate,
    "aws_lb_listener_rule": balancers.rule,
    "aws_lb_target_group": balancers.target_group,
    "aws_network_acl_rule": network.acl_entry,
    "aws_route": network.route,
    "aws_route53_record": names.record,
    "aws_s3_bucket": stores.bucket,
    "aws_secretsmanager_secret": stores.secret,
    "aws_vpc_endpoint": network.endpoint,
    "aws_vpc_endpoint_route_table_association": network.endpoint_route,
    "aws_vpc_security_group_egress_rule": network.egress,
    "aws_vpc_security_group_ingress_rule": network.ingress,
}
_REMOVALS: Mapping[str, Callable[[Resource], None]] = {"aws_lb_listener_rule": balancers.without_rule}
_OF_EACH = re.compile(r"\{\s*for (\w+) in ([\w.]+) : .+\}", re.DOTALL)


def apply_terraform(text: str, world: World, arn: str | None) -> None:
    """Apply all blocks of a text. ``arn``: of what its finding is about, where two things have one name.

    Raises:
        NotApplicableError: a value is left open, or no sandbox has such a resource.
        RefusedError: Terraform would not plan it.

    """
    plan = _Plan(read(text), world, State(world, arn))
    for address in plan.blocks:
        plan.attributes_of(address)
    for block in plan.removed:
        plan.remove(block)


class _Plan:
    def __init__(self, blocks: list[Block], world: World, state: State) -> None:
        self.blocks = {_address(block): block for block in blocks if block.kind != "removed"}
        self.removed = [block for block in blocks if block.kind == "removed"]
        self._world = world
        self._state = state
        self._applied: dict[str, Attributes] = {}

    def attributes_of(self, address: str) -> Attributes:
        """What a block, or what is there already under that address, has; a block is applied first."""
        if address not in self._applied:
            block = self.blocks.get(address)
            self._applied[address] = self._apply(block) if block else self._state.attributes(address)
        return self._applied[address]

    def remove(self, block: Block) -> None:
        """Destroy what a ``removed`` block names."""
        kind, name = block.values["from"].split(".")
        if kind not in _REMOVALS:
            raise NotApplicableError(f"the sandbox cannot destroy {kind}")
        _REMOVALS[kind](Resource(self._world, kind, name, block, self._state.subject(kind, name)))

    def _apply(self, block: Block) -> Attributes:
        kind, name = block.labels
        if "for_each" in block.values:
            return self._each_of(block)
        resolved = self._resolved(block)
        if block.kind == "data":
            return lookups.look_up(kind, resolved.values, self._world)
        if kind not in _RESOURCES:
            raise NotApplicableError(f"the sandbox has nothing like {kind}")
        return _RESOURCES[kind](Resource(self._world, kind, name, resolved, self._state.subject(kind, name)))

    def _each_of(self, block: Block) -> Attributes:
        """Apply a block once for each object of the list that its ``for_each`` is made of."""
        made = _OF_EACH.fullmatch(block.values["for_each"])
        if made is None:
            raise NotApplicableError(f"for_each is too much: {block.values['for_each']}")
        rest = {name: value for name, value in block.values.items() if name != "for_each"}
        for value in self._value(Reference(made[2])):
            self._applied["each.value"] = value
            self._apply(replace(block, values=rest))
        return {}

    def _resolved(self, block: Block) -> Block:
        values = {name: self._value(value) for name, value in block.values.items()}
        return replace(block, values=values, blocks=[self._resolved(each) for each in block.blocks])

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, dict):
            return {name: self._value(each) for name, each in value.items()}
        if not isinstance(value, Reference):
            return value
        address, _, attribute = value.rpartition(".")
        if address == "var" or "." not in value:
            raise NotApplicableError(f"it leaves {value} open")
        attributes = self.attributes_of(address)
        if attribute not in attributes:
            raise RefusedError(f"{address} has no {attribute}")
        return attributes[attribute]


def _address(block: Block) -> str:
    return ".".join(("data", *block.labels) if block.kind == "data" else block.labels)
