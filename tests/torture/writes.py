"""Writes: ten thousand tries on what is others', an MLflow that lies, and registrations that fail half-way.

What others have in the sandbox's MLflow is watched in its database and its store; requests are counted in front of it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from registry_monitor.clients.mlflow_registry import Registry
from registry_monitor.clients.own_objects import OwnModel, OwnRun
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.inventory import aws
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.run import Run
from registry_monitor.target import load_target
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, monitor_here
from tests.system.misbehaving import Answered, Asked, edited_target, forwarding, serving, spoilt
from tests.torture.foreign import MODEL, Population, Watch, planted
from tests.torture.lies import LIES
from tests.torture.outcome import Attempt as MakeRun
from tests.torture.outcome import Outcome
from tests.torture.tricks import HOW_MANY, KINDS, Write, tricks

SIDE_BY_SIDE = 1  # one MLflow is watched
_TRICK, _LIE, _SCENARIO = f"{HOW_MANY} writes: ", "lie: ", "scenario: "
# In which registrations fail at each of their stages; where the store itself goes, what others had goes with it.
_SCENARIOS = (
    *("healthy", "MLF-01", "MLF-02", "MLF-04", "MLF-05", "MLF-06", "MLF-07", "MLF-10", "MLF-14", "MLF-17", "MLF-21"),
    *("AUT-02", "AUT-05", "AUT-08", "ALB-14"),
)
_EVENT = {"depth": "full", "suites": ["infrastructure_health", "model_registration_flow", "e2e_model_registration"]}
_REFUSALS = ("is not the monitor's to make", "is not below the target's MLflow")
_READS = ("POST experiments/search", "POST runs/search", "POST logged-models/search")


def fault_runs() -> Sequence[str]:
    """A thousand tries of each kind of trick; an MLflow that lies in each way; scenarios."""
    return (
        *(_TRICK + kind for kind in KINDS),
        *(_LIE + lie for lie in LIES),
        *(_SCENARIO + scenario for scenario in _SCENARIOS),
    )


@contextmanager
def ready() -> Iterator[MakeRun]:
    """A sandbox whose MLflow is full of what is others'."""
    with Sandbox(time_scale=0.1, pause_scale=0.02) as sandbox, trying(sandbox) as attempt:
        yield attempt


@contextmanager
def trying(sandbox: Sandbox) -> Iterator[MakeRun]:
    """What makes one fault run on this sandbox, in which others' objects are planted for a while."""
    owner = load_target(str(sandbox.target_path)).name
    with planted(sandbox, owner) as population:
        yield partial(_attempt_of, sandbox, owner, population)


def _attempt_of(sandbox: Sandbox, owner: str, population: Population, run: str) -> Outcome:
    watch = Watch(sandbox, owner)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        aws.forget_clients()
        if run.startswith(_TRICK):
            return _tricked(sandbox, run.removeprefix(_TRICK), population, watch)
        if run.startswith(_LIE):
            stack.enter_context(spoilt(sandbox, LIES[run.removeprefix(_LIE)](population, owner)))
        else:
            stack.enter_context(broken(sandbox, run.removeprefix(_SCENARIO)))
        made = monitor_here(sandbox, patch, _EVENT, time_s=90.0)
    return _judged(made, watch)


def _judged(run: Run, watch: Watch) -> Outcome:
    """What a lying or broken MLflow is told of is the platform's; a check that crashed is the monitor's."""
    crashed = [f"{each.check_id}: {each.seen}" for each in run.results if each.trace]
    return Outcome(
        survived=not crashed,
        right=all(each.status.is_passed or each.seen for each in run.results),
        harmed=watch.touched(),
        told=f"{run.verdict}; {'; '.join(crashed)}"[:2000],
        figures={"leftovers": float(len(run.leftovers))},
    )


@dataclass
class _Count:
    """Requests that came to MLflow and are no reads."""

    writes: int = 0


def _tricked(sandbox: Sandbox, kind: str, population: Population, watch: Watch) -> Outcome:
    """Try each write by the monitor's own client, whose guard has claimed one run and one model of its own."""
    count, forward = _Count(), forwarding(sandbox.mlflow_address)

    def counted(asked: Asked) -> Answered:
        count.writes += asked.method not in ("GET", "HEAD") and asked.route not in _READS
        return forward(asked)

    passed: list[str] = []
    with (
        serving(counted) as url,
        edited_target(sandbox, lambda target: target["mlflow"].update(api_url=url, direct_url=url)),
        _own_objects(sandbox) as (registry, run, model),
    ):
        before = count.writes
        for write in tricks(kind, population, run.id, model.name):
            passed += _sent(registry, write)
        reached = count.writes - before
    harmed = (*watch.touched(), *(f"{reached} writes reached MLflow" for _ in range(1) if reached), *passed[:20])
    return Outcome(survived=True, right=True, harmed=harmed, figures={"tried": float(HOW_MANY)})


def _sent(registry: Registry, write: Write) -> list[str]:
    """The write, where the guard let it pass."""
    method, resource, body = write
    try:
        with registry.asking(_attempt()):
            registry.send(method, resource, body)
    except CannotTellError as error:
        if str(error).endswith(_REFUSALS):
            return []
        return [f"{write!r} ended in: {error}"[:300]]
    except Exception as error:  # noqa: BLE001 - also a crash of the guard is a defect, and must not end the other tries
        return [f"{write!r} ended in {type(error).__name__}: {error}"[:300]]
    return [f"{write!r} was sent"[:300]]


@contextmanager
def _own_objects(sandbox: Sandbox) -> Iterator[tuple[Registry, OwnRun, OwnModel]]:
    target = load_target(str(sandbox.target_path))
    keyring = Keyring(lambda force: read_keys(target, force_fetch=force), Redactor())
    registry = Registry(target.mlflow, target.name, keyring, target.keys, RequestBudget(10_000))
    expires_at = int(time.time()) + 600
    with registry.asking(_attempt()):
        run = registry.create_run(registry.find_or_create_experiment(), "torture", expires_at)
        model = registry.create_model(f"{MODEL}-20260101T000000Z-0", expires_at)
    try:
        yield registry, run, model
    finally:
        with registry.asking(_attempt()):
            registry.delete_model(model.name)
            registry.delete_run(run.id)
        registry.close()


def _attempt() -> Attempt:
    return Attempt(run_id="20260101T000000Z-0", check_id="torture", number=1, deadline=time.monotonic() + 30)
