"""The load balancers of a target, with their hosts and the routes that their rules keep today."""

from collections.abc import Iterator, Sequence

from registry_monitor.discovery.doors import Door, Way, host_in, led_to
from registry_monitor.discovery.draft import NOWHERE, Found, LoadBalancerDraft, MlflowDraft, RouteDraft
from registry_monitor.discovery.mlflow_ways import API, api_path_of
from registry_monitor.discovery.seen import Seen
from registry_monitor.discovery.services import Chosen, public_health


def load_balancer_drafts(
    seen: Seen, chosen: Sequence[Chosen], mlflow: MlflowDraft
) -> tuple[tuple[LoadBalancerDraft, ...], tuple[str, ...]]:
    """Those that lead to the chosen services by a host of their own; and why each other one is left out."""
    drafts: list[LoadBalancerDraft] = []
    left_out = [
        f"load balancer {name}: it has no HTTPS listener with a certificate on port 443" for name in seen.without_door
    ]
    routes = list(_routes(seen, chosen, mlflow))
    own = {target.target_group_arn for each in chosen for target in each.service.targets}
    for door in seen.doors:
        name = door.balancer.name
        hosts = tuple(host.name for host in door.hosts if host.is_direct)
        if not own & set(door.groups):
            left_out.append(f"load balancer {name}: it leads to none of these services")
        elif not hosts:
            left_out.append(f"load balancer {name}: no host that leads to it is known; say one with --host")
        else:
            here = tuple(
                route for way_to, route in routes if way_to == name and host_in(route.url.value) in _names(hosts)
            )
            drafts.append(LoadBalancerDraft(Found(name, "leads to these services"), hosts, here))
    return tuple(drafts), tuple(left_out)


def _names(hosts: Sequence[Found[str]]) -> set[str]:
    return {host.value for host in hosts}


def _routes(seen: Seen, chosen: Sequence[Chosen], mlflow: MlflowDraft) -> Iterator[tuple[str, RouteDraft]]:
    """Each with its load balancer: health paths, and MLflow's API by each way."""
    roles = {each.service.name: each.role.value for each in chosen}
    wanted: list[tuple[str, Way | None]] = [(f"{each.role.value}-health", public_health(seen, each)) for each in chosen]
    wanted.append(("mlflow-api", _way(seen, f"{mlflow.api_url.value}{API}/experiments/search")))
    if mlflow.direct_url is not None:
        wanted.append(
            ("mlflow-direct", _way(seen, f"{mlflow.direct_url.value}{api_path_of(mlflow)}/experiments/search"))
        )
    taken: set[str] = set()
    for name, way in wanted:
        if way is not None and way.service.name in roles and name not in taken:
            taken.add(name)
            yield way.balancer, RouteDraft(name, Found(way.url, way.told), roles[way.service.name])


def _way(seen: Seen, url: str) -> Way | None:
    """Where the door of the URL's host leads it."""
    if url.startswith(NOWHERE):
        return None
    ways = [led_to(door, url, seen.services) for door in seen.doors if _serves(door, host_in(url))]
    return next((way for way in ways if way is not None), None)


def _serves(door: Door, host: str) -> bool:
    return any(each.name.value == host for each in door.hosts)
