"""The public addresses of MLflow: by a proxy that other services keep, and straight."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.discovery.doors import Way, host_in, led_to, sample_prefixes
from registry_monitor.discovery.draft import NOWHERE, Found, MlflowDraft, Sureness
from registry_monitor.discovery.mlflow_service import MLFLOW, command_of
from registry_monitor.discovery.seen import Seen, Wish
from registry_monitor.inventory.facts import EcsService

SEARCH = "experiments/search?max_results=1"  # 400 without max_results, measured
API = "/api/2.0/mlflow"
# Below MLflow's static prefix the API for its pages stands in every version, the other one in some (measured: not up
# to 3.5). A rule without a rewrite that leads a path to MLflow means such a prefix.
_AJAX_API = "/ajax-api/2.0/mlflow"
_PREFIX_OPTION = re.compile(r"--static-prefix[ =](/\S*)")


@dataclass(frozen=True)
class MlflowWays:
    """Ways whose ``url`` is what stands before MLflow's API. ``proxied``: led to a service other than MLflow's own."""

    proxied: tuple[Way, ...]
    straight: tuple[Way, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        """All of them, those that users are likelier to take first."""
        return tuple(way.url for way in (*self.proxied, *self.straight))

    def through(self, services: Container[str]) -> "MlflowWays":
        """Those of services of these names alone."""
        return MlflowWays(tuple(way for way in self.proxied if way.service.name in services), self.straight)


def mlflow_ways(seen: Seen, mlflow: EcsService) -> MlflowWays:
    """All ways to MLflow that rules have, in the order of their rules."""
    ways = {way.url: way for way in _ways(seen)}
    straight = tuple(way for way in ways.values() if way.service == mlflow)
    proxied = tuple(way for url, way in ways.items() if way.service != mlflow and url.rpartition("/")[2] == MLFLOW)
    return MlflowWays(proxied, straight)


def _ways(seen: Seen) -> Iterator[Way]:
    """Each prefix of a rule, at each host, where it is that rule that answers below it."""
    for door in seen.doors:
        for rule in door.listener.rules:
            for prefix in sample_prefixes(rule):
                for host in door.hosts:
                    url = f"https://{host.name.value}{prefix}"
                    way = led_to(door, f"{url}{API}/{SEARCH}", seen.services)
                    if way is not None and way.rule == rule:
                        yield Way(url, way.service, way.rule, way.balancer)


def mlflow_draft(
    seen: Seen, wish: Wish, mlflow: Found[EcsService], ways: MlflowWays, roles: Mapping[str, str]
) -> MlflowDraft:
    """The section ``mlflow``: the proxy where there is one, since that is the way that somebody has made for users."""
    role = Found(roles[mlflow.value.name], mlflow.source, mlflow.sureness)
    api = _api_url(wish, ways)
    proxy = next((way for way in ways.proxied if way.url == api.value), None)
    if proxy is None:
        return MlflowDraft(role, api)
    whose = Found(roles[proxy.service.name], f"{proxy.told} leads there to {proxy.service.name}")
    if not ways.straight:
        return MlflowDraft(role, api, whose)
    host = host_in(api.value)
    way = next((each for each in ways.straight if host_in(each.url) == host), ways.straight[0])
    direct = Found(way.url, f"{way.told} leads there to {mlflow.value.name}")
    return MlflowDraft(role, api, whose, direct, _direct_api_path(seen, mlflow.value, way))


def probe_path(draft: MlflowDraft, ways: MlflowWays) -> str | None:
    """The path by which MLflow's own tasks are asked for what only MLflow answers; None where it is not known.

    A load balancer that rewrites paths asks another one of MLflow than it is asked itself.
    """
    url = straight_url(draft)
    way = next((each for each in ways.straight if each.url == url), None)
    return None if way is None or way.rule.transforms else f"{urlsplit(way.url).path}{api_path_of(draft)}/{SEARCH}"


def straight_url(draft: MlflowDraft) -> str:
    """What stands before MLflow's own API, past a proxy where there is one and a way past it."""
    return (draft.direct_url or draft.api_url).value


def api_path_of(draft: MlflowDraft) -> str:
    """Where MLflow's REST API stands below its straight way."""
    return draft.direct_api_path.value if draft.direct_api_path else API


def _api_url(wish: Wish, ways: MlflowWays) -> Found[str]:
    if wish.url is not None and wish.url.path.rstrip("/"):
        return Found(f"https://{wish.url.netloc}{wish.url.path.rstrip('/')}", "--host")
    if ways.proxied:
        way = ways.proxied[0]
        return Found(way.url, f"{way.told} leads there to {way.service.name}", Sureness.LIKELY)
    if ways.straight:
        way = ways.straight[0]
        return Found(way.url, f"{way.told} leads there to {way.service.name}", Sureness.LIKELY)
    return Found(NOWHERE, "FILL IN: no rule of an HTTPS listener leads to MLflow", Sureness.DEFAULT)


def _direct_api_path(seen: Seen, mlflow: EcsService, way: Way) -> Found[str] | None:
    prefix = urlsplit(way.url).path
    if not prefix or way.rule.transforms:
        return None
    option = _PREFIX_OPTION.search(command_of(seen, mlflow))
    if option and option[1].rstrip("/") == prefix:
        return Found(_AJAX_API, f"MLflow runs with --static-prefix {prefix}")
    return Found(_AJAX_API, f"MLflow has it below a prefix such as {prefix}", Sureness.LIKELY)
