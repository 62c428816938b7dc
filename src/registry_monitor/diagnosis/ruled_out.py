"""What a cause is not: what its requests passed before they met it, and the stores of its service that answered."""

from collections.abc import Iterable, Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.explain import Explained
from registry_monitor.diagnosis.nodes import BUCKET, DATABASE, REDIS, used_by
from registry_monitor.finding import FindingState, RequestPath
from registry_monitor.model import Status, SuiteName

_MOST_TOLD = 6
_STORES = (REDIS, DATABASE, BUCKET)


def ruled_out(each: Explained, paths: Iterable[RequestPath], evidence: Evidence) -> tuple[str, ...]:
    """What works beside a cause that is felt, the particular first, each with what says so."""
    told = list(each.suspect.ruled_out)
    if each.state in (FindingState.ACTIVE, FindingState.SUSPECTED):
        told += [*_stores(each, evidence), *_passed(each, paths)]
    return tuple(dict.fromkeys(told))[:_MOST_TOLD]


def _passed(each: Explained, paths: Iterable[RequestPath]) -> Iterator[str]:
    """The hops of its first request, up to the one that it breaks."""
    for path in paths:
        causes = [hop.cause for hop in path.hops]
        if each.suspect.statement in causes:
            before = path.hops[: causes.index(each.suspect.statement)]
            yield from (f"The {hop.place}: {hop.told}" for hop in before if hop.state == "works")
            return


def _stores(each: Explained, evidence: Evidence) -> Iterator[str]:
    """The stores that its service uses, where a check asked them and was right."""
    role = each.suspect.service
    used = set(used_by(role, evidence)) if role in evidence.roles else set()
    stores = [store for store in _STORES if store in used and store not in each.suspect.breaks]
    families = tuple(f"{SuiteName.INFRASTRUCTURE_HEALTH}.{store}." for store in stores)
    for result in evidence.run.of_status(Status.PASS):
        if result.check_id.startswith(families):
            yield f"{result.subject} {result.seen.rstrip('.')} ({result.check_id})"
