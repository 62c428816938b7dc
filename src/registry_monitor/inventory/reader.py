"""Reads the inventory while the probes run: few batched calls, side by side, each fact a value or Unknown.

Reading starts with ``start``; checks wait for the fact that they need, in their own threads.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from functools import partial
from itertools import batched
from typing import Any

from registry_monitor.inventory import parsing
from registry_monitor.inventory.aws import aws_client, explain
from registry_monitor.inventory.facts import (
    EcsServices,
    Fact,
    Inventory,
    Known,
    LoadBalancer,
    RegisteredTarget,
    TargetGroup,
    Unknown,
)
from registry_monitor.target import Target

_SERVICES_PER_CALL = 10  # ECS API Reference, DescribeServices
_GROUPS_PER_CALL = 20  # ELBv2 API Reference, DescribeTargetGroups: page size of names and ARNs

_DESCRIBE_SERVICES = "ecs:DescribeServices"
_DESCRIBE_GROUPS = "elasticloadbalancing:DescribeTargetGroups"
_DESCRIBE_HEALTH = "elasticloadbalancing:DescribeTargetHealth"
_DESCRIBE_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"


class InventoryReader:
    """One snapshot of AWS. Nothing is asked before ``start``; no error leaves it but as Unknown."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._services: Future[Fact[EcsServices]] = Future()
        self._groups: Future[Fact[tuple[TargetGroup, ...]]] = Future()
        self._balancers: Future[Fact[tuple[LoadBalancer, ...]]] = Future()
        self._health: dict[str, Future[Fact[tuple[RegisteredTarget, ...]]]] = {}

    @property
    def calls(self) -> tuple[str, ...]:
        """The API calls of a run, for ``plan``."""
        services = -(-len(self._target.services) // _SERVICES_PER_CALL)
        return (
            f"{_DESCRIBE_SERVICES} × {services}",
            f"{_DESCRIBE_GROUPS} × {services} or more (the groups that the services name)",
            f"{_DESCRIBE_HEALTH} × {len(self._target.services)} or more (one a target group)",
            f"{_DESCRIBE_BALANCERS} × 1 or more (pages)",
        )

    def start(self) -> None:
        """Begin to read, in daemon threads."""
        self._in_thread(_DESCRIBE_SERVICES, self._services, self._read_services, self._read_groups)
        self._in_thread(_DESCRIBE_BALANCERS, self._balancers, self._read_balancers)

    def ecs_services(self, timeout_s: float) -> Fact[EcsServices]:
        """The target's services as ECS has them."""
        return _wait(self._services, _DESCRIBE_SERVICES, timeout_s)

    def target_groups(self, timeout_s: float) -> Fact[tuple[TargetGroup, ...]]:
        """The target groups in which the services register their tasks."""
        return _wait(self._groups, _DESCRIBE_GROUPS, timeout_s)

    def target_health(self, arn: str, timeout_s: float) -> Fact[tuple[RegisteredTarget, ...]]:
        """The registered targets of one group, with their health."""
        return _wait(self._health_of(arn), _DESCRIBE_HEALTH, timeout_s)

    def load_balancers(self, timeout_s: float) -> Fact[tuple[LoadBalancer, ...]]:
        """Those of the target's load balancers that AWS has."""
        return _wait(self._balancers, _DESCRIBE_BALANCERS, timeout_s)

    def snapshot(self) -> Inventory:
        """What has been read by now; the rest is Unknown."""
        with self._lock:
            health = dict(self._health)
        return Inventory(
            ecs_services=self.ecs_services(0),
            target_groups=self.target_groups(0),
            target_health={arn: self.target_health(arn, 0) for arn in sorted(health)},
            load_balancers=self.load_balancers(0),
        )

    def _in_thread[T](
        self,
        call: str,
        future: "Future[Fact[T]]",
        read: Callable[[], T],
        then: Callable[["Fact[T]"], None] = lambda fact: None,
    ) -> None:
        def work() -> None:
            fact: Fact[T]
            try:
                fact = Known(value=read(), source=call)
            except Exception as error:  # noqa: BLE001 - no answer of AWS may stop the run
                fact = Unknown(reason=explain(call, error), source=call)
            future.set_result(fact)
            then(fact)

        threading.Thread(target=work, name=call, daemon=True).start()

    def _read_services(self) -> EcsServices:
        client, cluster = aws_client("ecs", self._target.region), self._target.cluster
        names = [service.name for service in self._target.services]
        try:
            answers = [
                client.describe_services(cluster=cluster, services=list(batch))
                for batch in batched(names, _SERVICES_PER_CALL, strict=False)
            ]
        except client.exceptions.ClusterNotFoundException:
            return EcsServices(found=(), missing=tuple(names), cluster_exists=False)
        return parsing.ecs_services(answers, names)

    def _read_groups(self, services: Fact[EcsServices]) -> None:
        """Read the groups that the services name, and the health of each."""
        if isinstance(services, Unknown):
            self._groups.set_result(Unknown(reason=services.reason, source=_DESCRIBE_GROUPS))
            return
        arns = sorted({target.target_group_arn for each in services.value.found for target in each.targets})
        self._in_thread(_DESCRIBE_GROUPS, self._groups, lambda: self._describe_groups(arns))
        for arn in arns:
            self._in_thread(_DESCRIBE_HEALTH, self._health_of(arn), partial(self._describe_health, arn))

    def _describe_groups(self, arns: Iterable[str]) -> tuple[TargetGroup, ...]:
        client = aws_client("elbv2", self._target.region)
        found: list[TargetGroup] = []
        for batch in batched(arns, _GROUPS_PER_CALL, strict=False):
            found.extend(parsing.target_groups(client.describe_target_groups(TargetGroupArns=list(batch))))
        return tuple(found)

    def _describe_health(self, arn: str) -> tuple[RegisteredTarget, ...]:
        client = aws_client("elbv2", self._target.region)
        return parsing.target_health(client.describe_target_health(TargetGroupArn=arn))

    def _read_balancers(self) -> tuple[LoadBalancer, ...]:
        """All of the account's, by pages: asked by name, one that is absent fails the whole call."""
        client = aws_client("elbv2", self._target.region)
        wanted = {balancer.name for balancer in self._target.load_balancers}
        pages: Iterable[dict[str, Any]] = client.get_paginator("describe_load_balancers").paginate()
        found = [balancer for page in pages for balancer in parsing.load_balancers(page)]
        return tuple(balancer for balancer in found if balancer.name in wanted)

    def _health_of(self, arn: str) -> "Future[Fact[tuple[RegisteredTarget, ...]]]":
        with self._lock:
            return self._health.setdefault(arn, Future())


def _wait[T](future: "Future[Fact[T]]", call: str, timeout_s: float) -> Fact[T]:
    try:
        return future.result(timeout=timeout_s)
    except NotYetError:
        return Unknown(reason=f"{call} had not answered when the time for it was over", source=call)
