"""Reads the inventory while the probes run: few batched calls, side by side, each fact a value or Unknown.

Reading starts with ``start``; checks wait for the fact that they need, in their own threads.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from functools import partial
from itertools import batched
from typing import Any

from registry_monitor.inventory import parsing
from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import (
    EcsServices,
    Fact,
    Inventory,
    Known,
    LoadBalancer,
    RegisteredTarget,
    TargetGroup,
    Unknown,
    known,
)
from registry_monitor.model import CannotTellError
from registry_monitor.target import Target

_SERVICES_PER_CALL = 10  # ECS API Reference, DescribeServices
_GROUPS_PER_CALL = 20  # as many names as ELBv2 takes of load balancers (API Reference, DescribeLoadBalancers)
_HEALTH_SIDE_BY_SIDE = 8

_DESCRIBE_SERVICES = "ecs:DescribeServices"
_DESCRIBE_GROUPS = "elasticloadbalancing:DescribeTargetGroups"
_DESCRIBE_HEALTH = "elasticloadbalancing:DescribeTargetHealth"
_DESCRIBE_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"


class InventoryReader:
    """One snapshot of AWS. Nothing is asked before ``start``; no error leaves it but as Unknown."""

    def __init__(self, target: Target, client_of: ClientOf = aws_client) -> None:
        self._target = target
        self._client_of = client_of
        self._services: Future[Fact[EcsServices]] = Future()
        self._groups: Future[Fact[tuple[TargetGroup, ...]]] = Future()
        self._balancers: Future[Fact[tuple[LoadBalancer, ...]]] = Future()
        self._health: dict[str, Future[Fact[tuple[RegisteredTarget, ...]]]] = {}  # whole before services are told
        self._health_room = threading.BoundedSemaphore(_HEALTH_SIDE_BY_SIDE)

    @property
    def calls(self) -> tuple[str, ...]:
        """The API calls of a run in which each service has one target group, for ``plan``."""
        services = len(self._target.services)
        balancers = (f"{_DESCRIBE_BALANCERS} × 1 or more (pages)",) if self._target.load_balancers else ()
        return (
            f"{_DESCRIBE_SERVICES} × {-(-services // _SERVICES_PER_CALL)}",
            f"{_DESCRIBE_GROUPS} × {-(-services // _GROUPS_PER_CALL)} or more (the groups that the services name)",
            f"{_DESCRIBE_HEALTH} × {services} or more (one a target group)",
            *balancers,
        )

    def start(self) -> None:
        """Begin to read, in daemon threads."""
        self._in_thread(_DESCRIBE_SERVICES, self._services, self._read_services)
        self._in_thread(_DESCRIBE_GROUPS, self._groups, self._read_groups)
        self._in_thread(_DESCRIBE_BALANCERS, self._balancers, self._read_balancers)

    def ecs_services(self, timeout_s: float) -> Fact[EcsServices]:
        """The target's services as ECS has them."""
        return _wait(self._services, _DESCRIBE_SERVICES, timeout_s)

    def target_groups(self, timeout_s: float) -> Fact[tuple[TargetGroup, ...]]:
        """The target groups in which the services register their tasks."""
        return _wait(self._groups, _DESCRIBE_GROUPS, timeout_s)

    def target_health(self, arn: str, timeout_s: float) -> Fact[tuple[RegisteredTarget, ...]]:
        """The registered targets of one group of the services; none where the group does not exist."""
        deadline = time.monotonic() + timeout_s
        services = self.ecs_services(timeout_s)
        if isinstance(services, Unknown):
            return Unknown(reason=services.reason, source=_DESCRIBE_HEALTH)
        if arn not in self._health:
            return Unknown(reason=f"{arn} is no target group of the target's services", source=_DESCRIBE_HEALTH)
        return _wait(self._health[arn], _DESCRIBE_HEALTH, deadline - time.monotonic())

    def load_balancers(self, timeout_s: float) -> Fact[tuple[LoadBalancer, ...]]:
        """Those of the target's load balancers that AWS has."""
        return _wait(self._balancers, _DESCRIBE_BALANCERS, timeout_s)

    def snapshot(self) -> Inventory:
        """What has been read by now; the rest is Unknown."""
        services = self.ecs_services(0)
        return Inventory(
            ecs_services=services,
            target_groups=self.target_groups(0),
            target_health={arn: self.target_health(arn, 0) for arn in sorted(self._health)},
            load_balancers=self.load_balancers(0),
        )

    def _in_thread[T](self, call: str, future: "Future[Fact[T]]", read: Callable[[], T]) -> None:
        def work() -> None:
            fact: Fact[T]
            try:
                fact = Known(value=read(), source=call)
            except CannotTellError as error:
                fact = Unknown(reason=str(error), source=call)
            except Exception as error:  # noqa: BLE001 - no answer of AWS may stop the run
                fact = Unknown(reason=explain(call, error), source=call)
            future.set_result(fact)

        threading.Thread(target=work, name=call, daemon=True).start()

    def _read_services(self) -> EcsServices:
        """Read the services, and begin to read the health of the target groups that they name."""
        client, cluster = self._client_of("ecs", self._target.region), self._target.cluster
        names = [service.name for service in self._target.services]
        try:
            answers = [
                client.describe_services(cluster=cluster, services=list(batch))
                for batch in batched(names, _SERVICES_PER_CALL, strict=False)
            ]
        except client.exceptions.ClusterNotFoundException:
            return EcsServices(found=(), missing=tuple(names), cluster_exists=False)
        services = parsing.ecs_services(answers, names)
        self._health = {arn: Future() for arn in _target_group_arns(services)}
        for arn, future in self._health.items():
            self._in_thread(_DESCRIBE_HEALTH, future, partial(self._read_health, arn))
        return services

    def _read_groups(self) -> tuple[TargetGroup, ...]:
        """The groups that the services name and that exist: one that does not fails the whole call of its batch."""
        arns = _target_group_arns(known(self._services.result()))
        if not arns:
            return ()
        client = self._client_of("elbv2", self._target.region)
        found: list[TargetGroup] = []
        for batch in batched(arns, _GROUPS_PER_CALL, strict=False):
            try:
                found.extend(_describe_groups(client, batch))
            except client.exceptions.TargetGroupNotFoundException:
                found.extend(group for arn in batch for group in _describe_group_if_any(client, arn))
        return tuple(found)

    def _read_health(self, arn: str) -> tuple[RegisteredTarget, ...]:
        client = self._client_of("elbv2", self._target.region)
        try:
            with self._health_room:
                return parsing.target_health(client.describe_target_health(TargetGroupArn=arn))
        except client.exceptions.TargetGroupNotFoundException:
            return ()

    def _read_balancers(self) -> tuple[LoadBalancer, ...]:
        """All of the account's, by pages: asked by name, one that is absent fails the whole call."""
        wanted = {balancer.name for balancer in self._target.load_balancers}
        if not wanted:
            return ()
        client = self._client_of("elbv2", self._target.region)
        pages: Iterable[dict[str, Any]] = client.get_paginator("describe_load_balancers").paginate()
        found = [balancer for page in pages for balancer in parsing.load_balancers(page)]
        return tuple(balancer for balancer in found if balancer.name in wanted)


def _target_group_arns(services: EcsServices) -> list[str]:
    return sorted({target.target_group_arn for service in services.found for target in service.targets})


def _describe_groups(client: Any, arns: Sequence[str]) -> tuple[TargetGroup, ...]:
    return parsing.target_groups(client.describe_target_groups(TargetGroupArns=list(arns)))


def _describe_group_if_any(client: Any, arn: str) -> tuple[TargetGroup, ...]:
    try:
        return _describe_groups(client, [arn])
    except client.exceptions.TargetGroupNotFoundException:
        return ()


def _wait[T](future: "Future[Fact[T]]", call: str, timeout_s: float) -> Fact[T]:
    try:
        return future.result(timeout=max(0.0, timeout_s))
    except NotYetError:
        when = f"within {timeout_s:.1f} s" if timeout_s > 0 else "before its time was over"
        return Unknown(reason=f"{call} was not read {when}", source=call)
