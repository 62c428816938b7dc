"""Simpler diagnoses, judged on the same runs: they show what the graph, the folding and the proofs are worth.

Each is a function from a Run to causes, as good as its idea allows.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from registry_monitor.inventory.facts import EcsService, Inventory, Known, RegisteredTarget
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError, Result, Status
from registry_monitor.run import Run
from tests.diagnosis.judging import Named
from tests.sandbox.aws.network import GROUPS
from tests.sandbox.platforms import MONITOR_SECRET_PREFIX

type Rival = Callable[[Run], tuple[Named, ...]]

_OF_THE_CALLER = (401, 403)
_OF_A_SERVICE = {500: "container-exits", 502: "container-port-mismatch", 503: "ecs-service-missing"}


def status_code(run: Run) -> tuple[Named, ...]:
    """Each failing answer by its status code, or by the stage at which no answer came, as runbooks have it."""
    found = (_of_answer(run, result) for result in run.of_status(Status.FAIL))
    return _once(named for named in found if named)


def every_broken_object(run: Run) -> tuple[Named, ...]:
    """Each object of the inventory that is not as it should be, one by one, with nothing folded under anything."""
    inventory = run.inventory
    return _once(
        (
            *_broken_services(inventory),
            *_broken_targets(inventory),
            *_absent_listeners(inventory),
            *_absent_rules(run),
            *_broken_stores(inventory),
            *_broken_things_of_tasks(inventory),
        )
    )


def seeds(run: Run) -> tuple[Named, ...]:
    """What the test report of 5 August 2025 recommends, whatever fails: mend auth's container, add MLflow's rule."""
    if not run.symptoms:
        return ()
    auth = next(service.name for service in run.target.services if service.role == "auth")
    return (
        Named("container-port-mismatch", auth),
        Named("listener-rule-missing", f"{_load_balancer_of(run.inventory, 'registry.hokus.ai')}:443 /api/mlflow/*"),
    )


RIVALS: dict[str, Rival] = {
    "status code": status_code,
    "every broken object": every_broken_object,
    "seeds' recommendations": seeds,
}


def _once(found: Iterator[Named] | tuple[Named, ...]) -> tuple[Named, ...]:
    return tuple({named.key: named for named in found}.values())


def _of_answer(run: Run, result: Result) -> Named | None:
    url = urlsplit(str(result.evidence.get("url", "")))
    host = url.hostname or result.subject
    status, error = result.evidence.get("status"), result.evidence.get("error")
    load_balancer = _load_balancer_of(run.inventory, host)
    service = next((each for each in run.target.services if each.role == result.service), None)
    if error == "name":
        return Named("dns-record-missing", host)
    if error == "tls":
        return Named("certificate-expired", f"{load_balancer}:443")
    if error == "refused":
        return Named("listener-missing", f"{load_balancer}:443")
    if status in _OF_THE_CALLER:
        return Named("monitor-key-revoked", f"{MONITOR_SECRET_PREFIX}{run.target.name} admin")
    if status == 404:
        return Named("listener-rule-missing", f"{load_balancer}:443 {_pattern(url.path)}")
    if service and (status == 504 or error in ("connect timeout", "timeout")):
        rule = f"{GROUPS['tasks']} tcp/{service.container_port} from {GROUPS['alb']}"
        return Named("security-group-rule-missing", rule)
    if service and isinstance(status, int) and status in _OF_A_SERVICE:
        return Named(_OF_A_SERVICE[status], service.name)
    return None


def _broken_services(inventory: Inventory) -> Iterator[Named]:
    services = inventory.ecs_services
    if not isinstance(services, Known):
        return
    yield from (Named("ecs-service-missing", name) for name in services.value.missing)
    for service in services.value.found:
        if kind := _broken(service):
            yield Named(kind, service.name)


def _broken(service: EcsService) -> str | None:
    if service.status != "ACTIVE":
        return "ecs-service-deleted" if service.status == "INACTIVE" else "ecs-service-draining"
    if service.desired == 0:
        return "ecs-desired-count-zero"
    return "container-exits" if service.running < service.desired else None


def _broken_targets(inventory: Inventory) -> Iterator[Named]:
    """An empty group and an unhealthy target have no kind of their own: nothing but a consequence ever shows so."""
    groups = inventory.target_groups.value if isinstance(inventory.target_groups, Known) else ()
    for group in groups:
        health = inventory.target_health.get(group.arn)
        if isinstance(health, Known):
            if not health.value:
                yield Named("target-group-empty", group.name)
            elif kind := _worst(health.value):
                yield Named(kind, group.name)


def _worst(targets: tuple[RegisteredTarget, ...]) -> str | None:
    reasons = [target.reason for target in targets if target.state == "unhealthy"]
    if not reasons:
        return None
    return "health-check-path-wrong" if reasons[0] == "Target.ResponseCodeMismatch" else "target-unhealthy"


def _absent_listeners(inventory: Inventory) -> Iterator[Named]:
    for load_balancer, listeners in inventory.listeners.items():
        if isinstance(listeners, Known) and not any(listener.port == 443 for listener in listeners.value):
            yield Named("listener-missing", f"{load_balancer}:443")


def _absent_rules(run: Run) -> Iterator[Named]:
    """Where a URL that should be answered ends at the fixed answer of a listener's default."""
    for result in run.of_status(Status.FAIL):
        url = str(result.evidence.get("url", ""))
        load_balancer = _serving(run.inventory, urlsplit(url).hostname or "")
        listeners = run.inventory.listeners.get(load_balancer or "")
        for listener in listeners.value if isinstance(listeners, Known) else ():
            try:
                rule = matching_rule(listener, Probe.of(url))
            except CannotTellError:
                continue
            if listener.port == 443 and rule.priority is None and rule.actions[-1].fixed_response:
                yield Named("listener-rule-missing", f"{load_balancer}:443 {_pattern(urlsplit(url).path)}")


def _broken_stores(inventory: Inventory) -> Iterator[Named]:
    for kind, stores in (("database", inventory.databases), ("redis", inventory.caches)):
        for name, fact in stores.items():
            if isinstance(fact, Known) and (fact.value is None or fact.value.status != "available"):
                yield Named(f"{kind}-missing" if fact.value is None else f"{kind}-not-available", name)
    for name, bucket in inventory.buckets.items():
        if isinstance(bucket, Known) and bucket.value is None:
            yield Named("bucket-missing", name)


def _broken_things_of_tasks(inventory: Inventory) -> Iterator[Named]:
    for image, exists in inventory.images.items():
        if isinstance(exists, Known) and not exists.value:
            yield Named("container-image-missing", image.rpartition("/")[2])
    for name, secret in inventory.secrets.items():
        if isinstance(secret, Known) and (secret.value is None or secret.value.deleted_at):
            yield Named("secret-missing", name)
    for host, records in inventory.host_records.items():
        if isinstance(records, Known) and records.value.zones and not records.value.records:
            yield Named("dns-record-missing", host)


def _load_balancer_of(inventory: Inventory, host: str) -> str | None:
    return _serving(inventory, host) or next(iter(inventory.listeners), None)


def _serving(inventory: Inventory, host: str) -> str | None:
    """The load balancer with a rule for a host."""
    for name, listeners in inventory.listeners.items():
        rules = [rule for each in (listeners.value if isinstance(listeners, Known) else ()) for rule in each.rules]
        if any(host in condition.values for rule in rules for condition in rule.conditions):
            return name
    return None


def _pattern(path: str) -> str:
    """A path as a rule would have it: by its first part, or by two where it begins with ``/api``."""
    parts = path.split("/")
    return f"{'/'.join(parts[: 3 if parts[1:2] == ['api'] else 2]).rstrip('/')}/*"
