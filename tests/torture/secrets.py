"""Secrets: keys are planted wherever one can appear, and everything that leaves the monitor is searched for them.

The monitor's own keys are those of the sandbox's secret. The platform's own secrets are planted in its containers'
settings and logs, and in the place of the map of Terraform addresses.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry_monitor import handler
from registry_monitor.inventory import aws
from registry_monitor.model import Depth
from registry_monitor.monitor import CONFIRM_AFTER_S
from registry_monitor.suites import SUITES, ecs_services
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import load_target
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.system.deployed_function import FULL, LIGHT, LambdaContext, forget_reports
from tests.system.misbehaving import edited_target
from tests.torture.canaries import leaks
from tests.torture.commands import COMMANDS
from tests.torture.echoing import FORMS, PLACES, Place, echoing, in_body
from tests.torture.outcome import Attempt, Outcome
from tests.torture.planting import PLANTS
from tests.torture.watching import as_text, printed, published

SIDE_BY_SIDE = 1  # one bucket is read
_FORM, _PLACE, _WHOLE, _SCENARIO, _PLANT, _COMMAND = (
    "told in a body: ", "told in ", "full run, told in ", "scenario: ", "planted: ", "command: ",
)  # fmt: skip
_KEPT_OUT = "[key "  # what stands in a key's place: so it is known that the key was told
_WHOLE_RUNS: Mapping[str, Place] = {
    "each answer, 200": in_body(200),
    "each answer, 401": in_body(401),
    "each answer, 500": in_body(500),
    "each error page": PLACES["an error page"],
    "each redirect": PLACES["Location"],
}
_SCENARIOS: Mapping[str, dict[str, str]] = {
    "healthy light": LIGHT,
    "healthy full": FULL,
    "AUT-08 full": FULL,
    "MON-03 light": LIGHT,
    "MLF-01 full": FULL,
}


def fault_runs() -> Sequence[str]:
    """A hostile platform's forms and places, scenarios, what is planted in AWS, a crash, the terminal's commands."""
    return (
        *(_FORM + form for form in FORMS),
        *(_PLACE + place for place in PLACES),
        *(_WHOLE + whole for whole in _WHOLE_RUNS),
        *(_SCENARIO + scenario for scenario in _SCENARIOS),
        *(_PLANT + plant for plant in PLANTS),
        "a check that crashes with a key in its words",
        *(_COMMAND + name for name in COMMANDS),
    )


@contextmanager
def ready() -> Iterator[Attempt]:
    """One sandbox for all."""
    with Sandbox(time_scale=0.1, pause_scale=0.02) as sandbox:
        yield partial(attempt, sandbox)


def attempt(sandbox: Sandbox, run: str) -> Outcome:
    """Make one fault run: nothing of what is planted leaves."""
    canaries = list(sandbox.world.secrets.monitor_keys.values())
    with pytest.MonkeyPatch.context() as patch, ExitStack() as around:
        _deploy(sandbox, patch)
        enter = around.enter_context
        if run.startswith(_FORM):
            enter(_hostile(sandbox, lambda key: in_body(500)(FORMS[run.removeprefix(_FORM)](key))))
            return _invoked(sandbox, LIGHT, canaries, expected="FAILING", marker=_KEPT_OUT)
        if run.startswith(_WHOLE):
            enter(_hostile(sandbox, _WHOLE_RUNS[run.removeprefix(_WHOLE)]))
            return _invoked(sandbox, FULL, canaries, expected="FAILING")
        if run.startswith(_PLACE):
            enter(_hostile(sandbox, PLACES[run.removeprefix(_PLACE)]))
            return _invoked(sandbox, LIGHT, canaries, expected="FAILING")
        if run.startswith(_SCENARIO):
            name = run.removeprefix(_SCENARIO)
            enter(broken(sandbox, name.partition(" ")[0]))
            return _invoked(sandbox, _SCENARIOS[name], canaries, expected="HEALTHY" if "healthy" in name else None)
        if run.startswith(_PLANT):
            planted = enter(PLANTS[run.removeprefix(_PLANT)](sandbox))
            return _invoked(sandbox, FULL, [*canaries, *planted.secrets], marker=planted.marker)
        if run.startswith(_COMMAND):
            return _commanded(sandbox, run.removeprefix(_COMMAND), canaries, enter)
        patch.setitem(SUITES, next(iter(SUITES)), _crashing(canaries[0], SUITES[next(iter(SUITES))]))
        return _invoked(sandbox, LIGHT, canaries, marker="by a defect of the monitor")


def _deploy(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Make this process the function's environment, with an empty bucket."""
    for name, value in sandbox.environment.items():
        patch.setenv(name, value)
    patch.setattr(ecs_services, "_SETTLES_S", 0)
    patch.setitem(CONFIRM_AFTER_S, Depth.LIGHT, (0.5,))
    aws.forget_clients()
    forget_reports(sandbox)


def _invoked(
    sandbox: Sandbox, event: dict[str, str], canaries: Sequence[str], expected: str | None = None, marker: str = ""
) -> Outcome:
    """The function is called; ``marker``: what must stand in a report, or nothing was shown of what is planted."""
    answer: Any = None
    raised = ""
    with printed() as text:
        try:
            answer = handler.lambda_handler(event, LambdaContext())
        except Exception as error:  # noqa: BLE001 - what Lambda would log of it is searched too
            raised = f"{type(error).__name__}: {error}"
        outputs = {"standard output": text(), "answer": as_text(answer), "exception": raised} | published(sandbox)
    is_right = answer is not None and (expected is None or answer["status"] == expected)
    is_shown = any(marker in each for each in outputs.values())
    return Outcome(
        survived=not raised and is_shown,
        right=is_right,
        leaked=leaks(outputs, canaries),
        told=raised or (f"{answer['status']}" if is_shown else f"'{marker}' stands nowhere"),
        figures={"outputs": float(len(outputs)), "characters": float(sum(map(len, outputs.values())))},
    )


def _commanded(sandbox: Sandbox, name: str, canaries: Sequence[str], enter: Callable[[Any], Any]) -> Outcome:
    enter(_hostile(sandbox, PLACES["an error page"]))
    with tempfile.TemporaryDirectory() as folder:
        commanded = COMMANDS[name](sandbox, Path(folder))
    crash = "Traceback" in "".join(commanded.outputs.values())
    return Outcome(
        survived=not crash,
        right=commanded.exit_code in commanded.expected,
        leaked=leaks(commanded.outputs, [*canaries, *commanded.secrets]),
        told=f"exit {commanded.exit_code}: {commanded.outputs.get('standard error', '')[:300]}",
    )


@contextmanager
def _hostile(sandbox: Sandbox, tell: Place) -> Iterator[None]:
    """Lead all hosts of the platform to a server that tells what it was sent."""
    target = load_target(str(sandbox.target_path))
    names = tuple(sorted({place.rpartition(":")[0] for place in target.connect_to}))
    tls = sandbox.world.authority.server_context(sandbox.world.authority.issue(names))
    with echoing(tell, tls) as encrypted, echoing(tell, None) as plain:
        led = {place: encrypted if place.endswith(":443") else plain for place in target.connect_to}
        with edited_target(sandbox, lambda document: document.update(connect_to=led)):
            yield


def _crashing(key: str, suite: Callable[[SuiteContext], Any]) -> Callable[[SuiteContext], Any]:
    """The suite, one check of which has a defect that has a key in its words; the key has been fetched by then."""

    def checks(context: SuiteContext) -> Any:
        listed = suite(context)
        asked = next(check for check in listed if check.depth is Depth.LIGHT)

        def crash(attempt: Any) -> Any:
            context.keyring.value(context.target.keys.monitor)
            raise RuntimeError(f"headers were {json.dumps({'Authorization': f'Bearer {key}'})}, {key!r}")

        return [replace(check, run=crash) if check is asked else check for check in listed]

    return checks
