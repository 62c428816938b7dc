"""Which broken nodes a symptom can come from: who answered, and how, tells how far a request went.

Sources: ELB user guide, "Troubleshoot your Application Load Balancers": 503 means that no target is registered, 502
that a target refused or broke off, 504 that it could not be connected to in 10 s or did not answer in time.
"""

from registry_monitor.diagnosis.evidence import Symptom
from registry_monitor.diagnosis.nodes import BUCKET, DATABASE, KEY, MONITOR, REDIS

_STORES = (REDIS, DATABASE, BUCKET)
_TO_THE_DOOR = (MONITOR, "dns", "balancer", "listener")
_BY_ERROR: dict[str, tuple[str, ...]] = {
    "name": (MONITOR, "dns", "balancer", "name", "service"),  # Cloud Map lists a task while it runs
    "refused": (*_TO_THE_DOOR, "name", "service", "port"),
    "connect timeout": (*_TO_THE_DOOR, "edge", "service", "port", "name"),
    "handshake timeout": (*_TO_THE_DOOR, "tls"),
    "tls": (MONITOR, "dns", "tls"),
}
_BY_BALANCER: dict[int, tuple[str, ...]] = {
    464: ("registration",),  # the protocol of the target group
    502: ("registration", "subnet", "service", "port", "route", "app"),
    503: ("registration", "service", "route"),
    504: ("edge:balancer", "subnet", "service", "port", "route", "app", *_STORES, "edge"),
}


def compatible(symptom: Symptom, node: str, way: list[str]) -> bool:
    """Whether a symptom can come from a broken node on its way."""
    if symptom.error is not None:
        return _is_any(node, _BY_ERROR.get(symptom.error, ("",)))
    if symptom.status is None:
        return True
    if symptom.written_by == "firewall":
        return node.startswith("firewall:")
    if symptom.is_of_balancer and symptom.status == 403 and not symptom.body:
        return _is_any(node, ("firewall", "route"))  # an answer to HEAD has no page that would tell whose it is
    if symptom.is_of_balancer:
        return _is_any(node, _BY_BALANCER.get(symptom.status, ("route", "listener", "balancer", "dns")))
    return _is_behind(symptom, node, way)


def _is_behind(symptom: Symptom, node: str, way: list[str]) -> bool:
    """An application answered: what stands before it works, but for a rule that led to the wrong one."""
    if node.startswith(("route:", "dns:")):
        return True
    if node == KEY:
        return symptom.status in (401, 403)
    applications = [place for place, each in enumerate(way) if each.startswith("app:")]
    return bool(applications) and way.index(node) >= applications[0]


def _is_any(node: str, kinds: tuple[str, ...]) -> bool:
    return any(not kind or node == kind or node.startswith((f"{kind}:", f"{kind}>")) for kind in kinds)
