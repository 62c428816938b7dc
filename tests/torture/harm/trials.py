"""The fault runs of the part: every scenario light, one of each group full, waiting, and the platform that freezes."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind, platform_of
from tests.diagnosis.history import forget_history
from tests.diagnosis.judging import judge, named_by
from tests.sandbox import scenario as scenarios
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.torture.harm.counting import Count, harms, target_of
from tests.torture.harm.freezing import health_checked, slowed
from tests.torture.harm.waiting import Told, tellings
from tests.torture.network import trials as network
from tests.torture.network.faults import Effect
from tests.torture.network.judging import attempted
from tests.torture.network.proxy import FaultProxy, between
from tests.torture.one_run import LIGHT_ENDS_WITHIN_S, Handled, handled
from tests.torture.outcome import Outcome

_TIME_S = 120.0  # of the function
_FREEZING: Era = "2025-08"
_HEALTHY = "healthy"
_ALONE_S = 12.0
_TOO_MANY = 429


@dataclass(frozen=True)
class Trial:
    """One fault run, and the platform that it needs."""

    name: str
    platform: Era
    attempt: Callable[[Sandbox], Outcome]


def all_trials() -> list[Trial]:
    """Those of HEAD first: a sandbox is of one platform."""
    every = [(name, platform_of(name)) for name in scenarios.names() if name != _HEALTHY]
    healthy: list[tuple[str, Era]] = [(_HEALTHY, "head"), (_HEALTHY, _FREEZING)]
    first_of_groups = {(name.partition("-")[0], platform): name for name, platform in reversed(every)}
    full = [(name, platform) for (_, platform), name in first_of_groups.items()]
    found = [_of_scenario("light", *each) for each in (*healthy, *every)]
    found += [_of_scenario("full", *each) for each in (*healthy, *full)]
    found += [_of_waiting(host, status, how) for host in ("api", "all") for status in (429, 503) for how in tellings()]
    found += [_of_freezing(depth, slow) for depth in ("light", "full") for slow in ("MLflow", "Redis")]
    return sorted(found, key=lambda trial: trial.platform != "head")


def _of_scenario(depth: str, scenario: str, platform: Era) -> Trial:
    return Trial(f"{depth}: {platform}: {scenario}", platform, partial(_in_scenario, depth, scenario))


def _in_scenario(depth: str, scenario: str, sandbox: Sandbox) -> Outcome:
    forget_history(sandbox)
    with ExitStack() as stack:
        if scenario != _HEALTHY:
            sandbox.break_(scenario)
            stack.callback(sandbox.mend, scenario)
        count = Count(sandbox)
        made = handled(sandbox, {"depth": depth}, _TIME_S)
        counted = count.counted()
    found = tuple(harms(made.run, counted, target_of(sandbox))) if made.run else ()
    figures = counted.figures() | {"seconds": made.seconds}
    return _outcome(sandbox, made, is_right=_is_right(made.run, scenario, sandbox), harmed=found, figures=figures)


def _is_right(run: Run | None, scenario: str, sandbox: Sandbox) -> bool:
    """Whether nothing is blamed that is not wrong, and nothing fails where nothing is broken."""
    if run is None:
        return False
    is_failing = bool(run.of_status(Status.FAIL))
    if scenario == _HEALTHY:
        return not is_failing and not run.causes
    kind = Kind.SINGLE if any(each.CAUSES for each in scenarios.load(scenario)) else Kind.QUIET
    judgement = judge(Case(kind, scenario, sandbox.platform.era), named_by(run), fails=is_failing)
    return not (judgement.blames_wrongly or judgement.names_falsely)


def _of_waiting(host: str, status: int, how: str) -> Trial:
    return Trial(f"light: {host}: {status}, wait {how}", "head", partial(_told_to_wait, host, status, how))


def _told_to_wait(host: str, status: int, how: str, sandbox: Sandbox) -> Outcome:
    retry_after, wait_s = tellings()[how]
    told = Told(status, retry_after, wait_s)

    def arrange(where: Sandbox) -> Iterator[network.Met]:
        proxy = FaultProxy(told.play, where.world.authority)
        with between(where, proxy, lambda place: place.has_tls and place.host in network.HOSTS[host]):
            yield network.Met()

    at_auth = {"auth-broken"} if host == "all" else set()  # its own host answers so too
    causes = frozenset({"rate-limited"} if status == _TOO_MANY else at_auth)
    outcome = attempted(sandbox, _network_trial(host, arrange, causes))
    return replace(outcome, harmed=tuple(told.too_soon()))


def _network_trial(
    host: str, arrange: Callable[[Sandbox], Iterator[network.Met]], causes: frozenset[str]
) -> network.Trial:
    def strikes(name: str, path: str) -> bool:
        return name in network.HOSTS[host]

    return network.Trial("told to wait", {"depth": "light"}, Effect.BROKEN, strikes, contextmanager(arrange), causes)


def _of_freezing(depth: str, slow: str) -> Trial:
    return Trial(f"{depth}: {_FREEZING}: slow {slow}", _FREEZING, partial(_while_it_freezes, depth, slow))


def _while_it_freezes(depth: str, slow: str, sandbox: Sandbox) -> Outcome:
    """Count the load balancer's failing health checks without the monitor, and with it, for the same time."""
    forget_history(sandbox)
    process = {"MLflow": sandbox.mlflow, "Redis": sandbox.redis}[slow]
    with slowed(process.suspend, process.resume), health_checked(sandbox) as checks:
        time.sleep(_ALONE_S)
        alone, slowest_alone_s = len(checks.failed), max(checks.took_s, default=0.0)
        made = handled(sandbox, {"depth": depth}, _TIME_S)
    because = checks.failed[alone:]
    harmed = tuple(f"a health check of the load balancer failed while the monitor asked: {each}" for each in because)
    figures = {
        "seconds": made.seconds,
        "health_checks": len(checks.took_s),
        "failed_alone": alone,
        "failed_with_monitor": len(because),
        "slowest_alone_s": round(slowest_alone_s, 2),
        "slowest_s": round(max(checks.took_s), 2),
    }
    return _outcome(sandbox, made, is_right=made.run is not None, harmed=harmed if not alone else (), figures=figures)


def _outcome(
    sandbox: Sandbox, made: Handled, *, is_right: bool, harmed: tuple[str, ...], figures: Mapping[str, float]
) -> Outcome:
    is_light = made.run is not None and made.run.trigger.depth == "light"
    in_time = made.seconds <= (LIGHT_ENDS_WITHIN_S if is_light else _TIME_S)
    told = f"{made.run.verdict if made.run else 'no run'}; {'; '.join([*made.defects, made.error or 'no error'])}"
    return Outcome(
        survived=not (made.error or made.defects) and in_time,
        right=is_right,
        lost=() if made.run else ("run.json",),
        leaked=made.leaked(sandbox),
        harmed=harmed,
        told=told,
        figures=dict(figures),
    )
