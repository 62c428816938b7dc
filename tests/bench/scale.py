"""The same platform with more services: copies of auth, each with its own task, target group, rule and public host."""

import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from registry_monitor.diagnosis import diagnose
from registry_monitor.run import Run
from tests.bench.runs import EVENTS, Distance, at_distance, median_of
from tests.sandbox.addresses import MOST_COPIES
from tests.sandbox.platforms import HEAD, REPORTS_BUCKET, Platform, Rule, Service, service_name
from tests.sandbox.sandbox import Sandbox

type Json = Any

SERVICES = (3, 10, 30)
_MOST = 300  # with so many, the diagnosis alone is measured
_TROUBLE = "ECS-05"
_COPY = re.compile(r"\bauth-(\d\d)\b")
_FIRST_PRIORITY = 200  # of the copies' rules, after the platform's own


def platform_with(services: int) -> Platform:
    """The platform of July 2026 with so many services. Raises ValueError where there is no room for them."""
    roles = _copies(services)
    if len(roles) > MOST_COPIES:
        raise ValueError(f"{services} services; the sandbox's network has room for {len(HEAD.services) + MOST_COPIES}")
    auth, *others = HEAD.load_balancers
    rules = tuple(Rule(_FIRST_PRIORITY + place, role, _host(role)) for place, role in enumerate(roles))
    wider = replace(auth, hosts=(*auth.hosts, *map(_host, roles)), rules=(*auth.rules, *rules))
    copies = tuple(_copy_of(HEAD.service("auth"), role) for role in roles)
    return replace(HEAD, services=(*HEAD.services, *copies), load_balancers=(wider, *others), vcpu_quota=services)


def target_with(target: dict[str, Json], services: int) -> dict[str, Json]:
    """The target file of that platform: all that it asks of auth, asked of each copy."""
    wider = deepcopy(target)
    for role in _copies(services):
        for section in ("services", "endpoints"):
            wider[section] += [_of_copy(each, role) for each in target[section] if _is_of_auth(each)]
        balancer, known = wider["load_balancers"][0], target["load_balancers"][0]
        balancer["hosts"].append(_host(role))
        balancer["routes"] += [_of_copy(each, role) for each in known["routes"]]
    return wider


def measured(services: int, round_trip_s: float, number: int) -> dict[str, dict[str, float]]:
    """Warm runs of each kind on such a platform, and how long the diagnosis of its broken MLflow takes."""
    with Sandbox(platform_with(services)) as sandbox, tempfile.TemporaryDirectory() as folder:
        with _distance(sandbox, services, round_trip_s, Path(folder)) as distance:
            found = {f"{services} services, {kind}": _figures(distance.runs(kind, number)) for kind in EVENTS}
        run = _broken_run(sandbox, services, Path(folder))
    found[f"{services} services, full"]["diagnosis_ms"] = diagnosis_ms(run, number)
    if services == max(SERVICES):
        own = len(HEAD.services)
        more = multiplied(run, (_MOST - own) // (services - own))
        found[f"{len(more.target.services)} services, diagnosis alone"] = {"diagnosis_ms": diagnosis_ms(more, number)}
    return found


def diagnosis_ms(run: Run, number: int) -> float:
    """The median of so many diagnoses of one run, in milliseconds."""
    taken_ms = []
    for _ in range(number):
        began_s = time.perf_counter()
        diagnose(run)
        taken_ms.append(1000 * (time.perf_counter() - began_s))
    return median(taken_ms)


def multiplied(run: Run, times: int) -> Run:
    """A run of which each copy stands ``times`` over, under other names: what a larger platform would have told."""
    return Run.model_validate(_multiplied(run.model_dump(mode="json"), times))


@contextmanager
def _distance(sandbox: Sandbox, services: int, round_trip_s: float, folder: Path) -> Iterator[Distance]:
    with at_distance(sandbox, round_trip_s, folder) as distance:
        yield replace(distance, target=target_with(distance.target, services))


def _figures(runs: list[dict[str, Json]]) -> dict[str, float]:
    counts = runs[-1]["counts"]
    return {
        "wall_s": median_of(runs, "wall_s"),
        "cpu_s": median_of(runs, "cpu_s"),
        "peak_mib": runs[-1]["peak_mib"],
        "checks": len(runs[-1]["checks"]),
        "requests": sum(runs[-1]["requests"].values()),
        "aws_calls": sum(number for name, number in counts.items() if ":" in name),
    }


def _broken_run(sandbox: Sandbox, services: int, folder: Path) -> Run:
    """A full run of a platform of which MLflow has no task, ."""
    sandbox.break_(_TROUBLE)
    with _distance(sandbox, services, 0.0, folder) as distance:
        (told,) = distance.invoked("full", 1)
        stored = sandbox.world.s3.get_object(Bucket=REPORTS_BUCKET, Key=f"{distance.target['name']}/latest/run.json")
    run = Run.model_validate_json(stored["Body"].read())
    if told["status"] != "FAILING" or run.run_id != told["run_id"]:
        raise RuntimeError(f"the run of a broken platform was {told['status']}, and {run.run_id} is stored")
    return run


def _copies(services: int) -> list[str]:
    return [f"auth-{number:02}" for number in range(1, services - len(HEAD.services) + 1)]


def _host(role: str) -> str:
    return f"{role}.hokus.ai"


def _copy_of(auth: Service, role: str) -> Service:
    name = service_name(role)
    return replace(auth, role=role, name=name, container=f"hokusai-{role}", target_group=name)


def _is_of_auth(entry: dict[str, Json]) -> bool:
    return "auth" in (entry.get("role"), entry.get("service"))


def _of_copy(entry: dict[str, Json], role: str) -> Json:
    """An entry of the target file, with each name of auth's in it turned into the copy's."""
    text = json.dumps(entry).replace("aws_ecs_service.auth", f"aws_ecs_service.{role.replace('-', '_')}")
    return json.loads(re.sub(r"\bauth\b", role, text))


def _multiplied(value: Json, times: int) -> Json:
    if isinstance(value, list):
        return [version for element in value for version in _versions(element, times)]
    if isinstance(value, dict):
        found = {}
        for name, element in value.items():
            is_of_copy = _COPY.search(name) is not None
            found |= dict(_versions([name, element], times)) if is_of_copy else {name: _multiplied(element, times)}
        return found
    return value


def _versions(element: Json, times: int) -> Iterator[Json]:
    """What tells of one copy alone, once for each of its copies; all else once, with what is in it multiplied.

    So there must be two copies at least: what tells of all of them is then told from what tells of one.
    """
    text = json.dumps(element)
    if len(set(_COPY.findall(text))) == 1:
        yield from (json.loads(_COPY.sub(rf"auth-\g<1>{number:02}", text)) for number in range(times))
    else:
        yield _multiplied(element, times)
