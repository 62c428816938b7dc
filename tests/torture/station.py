"""Makes processes that make runs on one sandbox, and judges what they leave in S3 and MLflow."""

import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

from tests.diagnosis.history import forget_calls
from tests.sandbox.sandbox import Sandbox
from tests.system.left_behind import active_now
from tests.template.stack import literal_variables
from tests.torture.canaries import leaks
from tests.torture.outcome import Outcome
from tests.torture.process_judge import lost, untrue
from tests.torture.reports_bucket import CREDENTIALS, ReportsBucket
from tests.torture.victims import Victim, Victims

MOST_MODELS = 20  # mlflow.max_leftovers of the target: with so many left, a run registers no more

type Event = Mapping[str, Any]

LIGHT: Event = {"depth": "light", "reason": "schedule"}
FULL: Event = {"depth": "full", "reason": "schedule"}
REGISTRATION: Event = {"suites": ["model_registration_flow"], "depth": "full"}
DAY: Event = {"suites": ["e2e_model_registration"], "depth": "full"}
PUBLISHED: Event = {
    "depth": "full",
    "reason": "schedule",
    "suites": [
        *("infrastructure_health", "authentication", "endpoint_availability", "model_registration_flow"),
        *("mlflow_routing", "services", "services_direct", "health_endpoints"),
    ],
}


class Station:
    """Makes victims on one sandbox, and judges what they leave."""

    def __init__(self, sandbox: Sandbox, first: Event = PUBLISHED) -> None:
        """``first``: the run that makes what is permanent, in MLflow and in the bucket."""
        self.sandbox = sandbox
        self._first = first
        self.victims = Victims()
        self._stack = ExitStack()
        self._full_run_s: float | None = None

    def __enter__(self) -> Self:
        self._stack.enter_context(self.victims)
        self.bucket = ReportsBucket.new(self.sandbox)
        self._stack.callback(self.bucket.delete)
        own = {"MONITOR_REPORTS_BUCKET": self.bucket.name}
        self.environment = literal_variables() | self.sandbox.environment | CREDENTIALS | own
        self.ended(self.start(self._first))
        self.baseline = active_now(self.sandbox)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, *events: Event, **options: Any) -> Victim:
        """A new process that makes these invocations."""
        forget_calls(self.sandbox)
        environment = self.environment | options.pop("environment", {})
        return self.victims.start(*map(dict, events), environment=environment, **options)

    def ended(self, victim: Victim) -> list[dict[str, Any]]:
        """Wait for its end; its answers."""
        if not victim.wait():
            victim.signal(signal.SIGKILL)
        return victim.answers

    def full_run_s(self) -> float:
        """How long a full run takes that nobody disturbs: the shortest that has been seen."""
        if self._full_run_s is None:
            began = time.monotonic()
            self.ended(self.start(FULL))
            self._full_run_s = time.monotonic() - began
        return self._full_run_s

    def note_full_run(self, took_s: float) -> None:
        """One has ended by itself after so long."""
        self._full_run_s = min(took_s, self.full_run_s())

    def judged(self, victims: Sequence[Victim], problems: Sequence[str], wrong: Sequence[str] = ()) -> Outcome:
        """After the death of victims, or what else they met: what is there, then the next run, and what it leaves."""
        objects = self.bucket.texts()
        gone = lost(objects)
        left_behind = active_now(self.sandbox)
        beyond = (
            [f"{left_behind['models']} models, more than {MOST_MODELS}"] if left_behind["models"] > MOST_MODELS else []
        )
        has_left = left_behind != self.baseline
        after = self.start(REGISTRATION if has_left else LIGHT, is_later=True)  # the cheapest that would tell
        (answer, *_) = self.ended(after) or [{"raised": "it was killed"}]
        run = self.bucket.run(answer.get("run_id", ""))
        problems = [*problems, *([] if answer.get("status") == "HEALTHY" else [f"the next run: {short(answer)}"])]
        if (now := active_now(self.sandbox)) != self.baseline:
            beyond.append(f"after the next run {_difference(self.baseline, now)}")
        wrong = [*wrong, *untrue(answer, run)]
        outputs = self.bucket.texts() | {f"log {victim.pid}": victim.output for victim in (*victims, after)}
        self._forget(objects)
        return Outcome(
            survived=not problems,
            right=not wrong,
            lost=gone,
            left=tuple(beyond),
            leaked=leaks(outputs, self.sandbox.world.secrets.monitor_keys.values()),
            told="; ".join([*problems, *wrong])
            or f"left until the next run: {_difference(self.baseline, left_behind)}",
            figures={"answers": float(sum(len(victim.answers) for victim in victims))},
        )

    def _forget(self, objects: Mapping[str, str]) -> None:
        """Delete the reports of runs of which nothing stands in latest/: the next fault run looks at its own."""
        latest = {text for key, text in objects.items() if "/latest/" in key}
        kept = {key.rpartition("/")[0] for key, text in objects.items() if "/runs/" in key and text in latest}
        for key in objects:
            if "/runs/" in key and key.rpartition("/")[0] not in kept:
                self.bucket.s3.delete_object(Bucket=self.bucket.name, Key=key)


def short(answer: Mapping[str, Any]) -> str:
    """An answer in a line."""
    return str({key: answer[key] for key in ("raised", "status", "coverage") if key in answer})[:400]


def _difference(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    found = [f"{after[name] - before[name]:+d} {name}" for name in before if after[name] != before[name]]
    return ", ".join(found) or "nothing"
