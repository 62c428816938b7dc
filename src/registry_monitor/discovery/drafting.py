"""Puts a draft together: which service is what, how users reach it, what it keeps its data in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from registry_monitor.discovery.doors import host_in
from registry_monitor.discovery.draft import Draft, Found, MlflowDraft, ServiceDraft, Sureness
from registry_monitor.discovery.ingress import ingress_rules
from registry_monitor.discovery.load_balancers import load_balancer_drafts
from registry_monitor.discovery.mlflow_service import find_login, find_mlflow
from registry_monitor.discovery.mlflow_ways import MlflowWays, mlflow_draft, mlflow_ways, probe_path, straight_url
from registry_monitor.discovery.seen import Seen, Wish, seen_of
from registry_monitor.discovery.services import Chosen, choose, endpoint_drafts, service_draft, with_probe
from registry_monitor.discovery.stores import find_bucket, find_database, find_redis
from registry_monitor.inventory.cluster_facts import ClusterFacts

_LONGEST_NAME = 63  # as the schema of the target has it


def discover(facts: ClusterFacts, wish: Wish, connect_to: Mapping[str, str] | None = None) -> Draft:
    """The target file of a cluster, and what a person must know of it. ``connect_to`` is kept as it is.

    Raises DiscoveryError where there is nothing to write: no such cluster or host, no MLflow, or several that may be.
    """
    seen = seen_of(facts, wish)
    mlflow = find_mlflow(seen, wish.mlflow)
    chosen, other_services = choose(seen, mlflow.value, doors_only=wish.url is not None)
    all_ways, roles = mlflow_ways(seen, mlflow.value), {each.service.name: each.role.value for each in chosen}
    ways = all_ways.through(roles)
    section = mlflow_draft(seen, wish, mlflow, ways, roles)
    balancers, other_balancers = load_balancer_drafts(seen, chosen, section)
    asked = [endpoint_drafts(seen, each) for each in chosen]
    redis, no_redis = find_redis(seen, {each.role.value: each.service for each in chosen})
    database, no_database = find_database(seen, mlflow.value)
    bucket, no_bucket = find_bucket(seen, mlflow.value)
    login = find_login(seen, mlflow.value)
    not_asked = [why for _, whys in asked for why in whys]
    notes = (*other_services, *other_balancers, *not_asked, no_redis, no_database, no_bucket)
    draft = Draft(
        name=Found(_target_name(seen.cluster), "the cluster's name", Sureness.DEFAULT),
        region=seen.region,
        cluster=seen.cluster,
        services=tuple(_with_probe(service_draft(seen, each), section, ways) for each in chosen),
        load_balancers=balancers,
        endpoints=tuple(endpoint for endpoints, _ in asked for endpoint in endpoints),
        mlflow=section,
        redis=redis,
        database=database,
        artifacts_bucket=bucket,
        login=login,
        look_over=(*_look_over(seen, chosen, section, ways), *_of_idle_proxies(all_ways, roles), *_of_login(login)),
        left_out=tuple(note for note in notes if note),
        unread=facts.unread,
        connect_to=dict(connect_to or {}),
    )
    return replace(draft, ingress=ingress_rules(seen, chosen, draft))


def _with_probe(service: ServiceDraft, mlflow: MlflowDraft, ways: MlflowWays) -> ServiceDraft:
    path = probe_path(mlflow, ways)
    if service.role.value != mlflow.role.value or path is None:
        return service
    return with_probe(service, host_in(straight_url(mlflow)), path, (mlflow.direct_url or mlflow.api_url).source)


def _look_over(seen: Seen, chosen: Sequence[Chosen], mlflow: MlflowDraft, ways: MlflowWays) -> Iterator[str]:
    """What a person knows better, and what of it would be felt."""
    if mlflow.role.sureness is not Sureness.SURE:
        yield f"mlflow.service: {mlflow.role.value} is taken for MLflow by its {mlflow.role.source}"
    if mlflow.api_url.sureness is Sureness.LIKELY:
        others = [url for url in ways.urls if url != mlflow.api_url.value]
        told = f"; other ways are {', '.join(others)}" if others else ""
        yield f"mlflow.api_url: must be what users give to MLflow's client{told}"
    if mlflow.proxy is not None and mlflow.direct_url is None:
        yield "mlflow.direct_url: no rule leads to MLflow itself, and without it the monitor cannot delete its models"
    for each in chosen:
        if each.target is None:
            yield f"services: {each.service.name} stands behind no load balancer, which the monitor tells as a fault"
    for door in seen.doors:
        if door.balancer.scheme == "internal":
            yield f"load_balancers: {door.balancer.name} is internal: make runs from inside its network"


def _of_idle_proxies(ways: MlflowWays, roles: Mapping[str, str]) -> Iterator[str]:
    """Ways through services that are left out: nobody can register there now, and after a deployment somebody may."""
    for way in ways.proxied:
        if way.service.name not in roles:
            told = f"{way.service.name}, which {way.url} leads to, is left out: it runs {way.service.desired} tasks"
            yield f"mlflow.proxy: {told}; if users register there, scale it up and discover again"


def _of_login(login: Found[str] | None) -> Iterator[str]:
    if login is not None:
        yield "mlflow.unknown_run: give the monitor a user who is no administrator of MLflow, or take this line out"


def _target_name(cluster: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", cluster.lower()).strip("-")[:_LONGEST_NAME].rstrip("-") or "target"
