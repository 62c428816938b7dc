"""Deadline: whatever hangs, the function tells before Lambda kills it, and its next invocation knows nothing of it.

The built artifact under Lambda's emulator, which ends the function's time by SIGKILL. Each fault run has an emulator, a
bucket and hanging servers of its own, before one sandbox.
"""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import yaml

from tests.artifact.emulator import ARTIFACT, Emulator, FunctionError
from tests.sandbox.sandbox import Sandbox
from tests.template.stack import literal_variables, resource
from tests.torture.deadline_judge import Told, judged
from tests.torture.hanging import STAGES, HangingServer, Stage
from tests.torture.outcome import Attempt, Outcome
from tests.torture.reports_bucket import CREDENTIALS, ReportsBucket

SIDE_BY_SIDE = 6
_TIME_SCALE, _PAUSE_SCALE = 0.1, 0.02
_LIMITS_S = (30, 60)
_DEPTHS = ("light", "full")
_ENOUGH_FOR_FULL_S = 300  # six full runs at once on two cores take their time, hang or no hang
_ALL = "all"
_SERVICES = (
    "secretsmanager",
    "ecs",
    "elbv2",
    "ec2",
    "cloudwatch",
    "logs",
    "rds",
    "elasticache",
    "route53",
    "servicediscovery",
    "iam",
    "sns",
)


@dataclass(frozen=True)
class Case:
    """What hangs where (null: nothing), which run is made, and after how many seconds Lambda kills it."""

    depth: str
    limit_s: int
    hosts: Stage | None = None
    aws: str | None = None  # a service, as boto3 names it, or all
    aws_stage: Stage = "headers"

    @property
    def name(self) -> str:
        """As it is listed."""
        hosts = [f"every host hangs at {self.hosts}"] if self.hosts else []
        aws = [f"AWS ({self.aws}) hangs at {self.aws_stage}"] if self.aws else []
        return f"{' and '.join(hosts + aws)}: {self.depth} run, killed after {self.limit_s} s"


def _cases() -> Iterator[Case]:
    for depth in _DEPTHS:
        for limit_s in _LIMITS_S:
            for stage in STAGES:
                yield Case(depth, limit_s, hosts=stage)
            for aws in (_ALL, "s3"):
                yield Case(depth, limit_s, aws=aws)
            yield Case(depth, limit_s, hosts="headers", aws=_ALL)
        for aws in (_ALL, "s3"):
            yield Case(depth, 60, aws=aws, aws_stage="a body byte a second")
            yield Case(depth, 60, aws=aws, aws_stage="connect")
    for service in _SERVICES:
        yield Case("full", 60, aws=service)
    yield Case("full", 300, hosts="headers")


_CASES = {case.name: case for case in _cases()}


def fault_runs() -> Sequence[str]:
    """Every stage, depth and limit; then AWS whole, S3 alone, and each API that a run asks."""
    return list(_CASES)


@contextmanager
def ready() -> Iterator[Attempt]:
    """One sandbox, and what its healthy runs look like."""
    with Sandbox("head", time_scale=_TIME_SCALE, pause_scale=_PAUSE_SCALE) as sandbox:
        yield attempts_on(sandbox)


def attempts_on(sandbox: Sandbox, depths: Sequence[str] = _DEPTHS) -> Attempt:
    """Make fault runs on this sandbox, which is healthy and stays so."""
    station = _Station(sandbox)
    station.healthy = {depth: station.healthy_run(depth) for depth in depths}
    return station.attempt


class _Station:
    """Makes fault runs side by side."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._folder = sandbox.target_path.parent
        self._tls = _shown_by_any_host(sandbox)
        self._starting = threading.Lock()  # two emulators that start at once may take the same port
        self.healthy: dict[str, int] = {}  # depth -> results of a run in an environment that never met a fault

    def healthy_run(self, depth: str) -> int:
        """How many results a run has."""
        with ExitStack() as stack:
            bucket, emulator = self._environment(stack, 120, {})
            answer = emulator.invoke(_ad_hoc(depth))
            run = bucket.run(answer["run_id"])
            assert run is not None
            return len(run.results)

    def attempt(self, name: str) -> Outcome:
        """Make a run under the fault, lift it, make another in the same environment."""
        case = _CASES[name]
        after = case.depth if case.limit_s >= _ENOUGH_FOR_FULL_S else "light"
        with ExitStack() as stack:
            variables, lift_aws = self._hanging_aws(stack, case)
            bucket, emulator = self._environment(stack, case.limit_s, variables)
            target = Path(emulator.environment["MONITOR_TARGET"])
            healthy = target.read_text(encoding="utf-8")
            if case.hosts:
                target.write_text(self._hanging_hosts(stack, healthy, case.hosts), encoding="utf-8")
            first = _told(emulator, {"depth": case.depth, "reason": "schedule"})
            objects = bucket.texts()
            target.write_text(healthy, encoding="utf-8")
            lift_aws()
            asked_before = len(self._sandbox.request_log)
            second = _told(emulator, _ad_hoc(after))
            keys = self._sandbox.world.secrets.monitor_keys.values()
            return judged(
                first,
                second,
                objects_after_first=objects,
                bucket=bucket,
                emulator=emulator,
                healthy_results=self.healthy[after],
                stragglers=_requests_of(self._sandbox, first.run_id, asked_before),
                hosts_hang_at=case.hosts,
                hanging_apis=_hanging_apis(case),
                canaries=[*keys, CREDENTIALS["AWS_SECRET_ACCESS_KEY"]],
            )

    def _environment(self, stack: ExitStack, limit_s: int, variables: dict[str, str]) -> tuple[ReportsBucket, Emulator]:
        bucket = ReportsBucket.new(self._sandbox)
        stack.callback(bucket.delete)
        target = self._folder / f"{bucket.name}.yaml"
        target.write_text(self._sandbox.target_path.read_text(encoding="utf-8"), encoding="utf-8")
        declared = resource("MonitorFunction")
        own = {"MONITOR_TARGET": str(target), "MONITOR_REPORTS_BUCKET": bucket.name}
        own["TMPDIR"] = str(self._folder)  # what the killed leave there goes with the sandbox
        environment = literal_variables() | self._sandbox.environment | CREDENTIALS | own | variables
        emulator = Emulator(ARTIFACT, environment, limit_s, declared["MemorySize"], declared["Handler"])
        with self._starting:
            return bucket, stack.enter_context(emulator)

    def _hanging_aws(self, stack: ExitStack, case: Case) -> tuple[dict[str, str], Any]:
        """Return the variables that lead AWS's clients to a server that hangs, and how that is lifted."""
        if case.aws is None:
            return {}, lambda: None
        server = stack.enter_context(HangingServer(case.aws_stage))
        host, _, port = self._sandbox.environment["AWS_ENDPOINT_URL"].removeprefix("http://").rpartition(":")
        variable = "AWS_ENDPOINT_URL" if case.aws == _ALL else _endpoint_variable(case.aws)
        return {variable: f"http://{server.address}"}, lambda: server.lead_to(host, int(port))

    def _hanging_hosts(self, stack: ExitStack, text: str, stage: Stage) -> str:
        """Return the target file with every host, and every task's own address, led to a server that hangs."""
        target = yaml.safe_load(text)
        mapping: dict[str, str] = target["connect_to"]
        address = stack.enter_context(HangingServer(stage, self._tls)).address
        target["connect_to"] = dict.fromkeys([*mapping, *mapping.values()], address)
        return yaml.safe_dump(target)


def _hanging_apis(case: Case) -> frozenset[str]:
    """The APIs that hang, as IAM names them."""
    services = ("s3", *_SERVICES) if case.aws == _ALL else (case.aws,) if case.aws else ()
    return frozenset("elasticloadbalancing" if each == "elbv2" else each for each in services)


def _shown_by_any_host(sandbox: Sandbox) -> ssl.SSLContext:
    """A certificate that each host of the platform could show, so that a server hangs after its handshake alone."""
    hosts = sorted({place.rpartition(":")[0] for place in sandbox.connect_to()})
    authority = sandbox.world.authority
    return authority.server_context(authority.issue(tuple(hosts)))


def _ad_hoc(depth: str) -> dict[str, str]:
    return {"depth": depth, "reason": "ad hoc"}  # its run is kept also where all is well


def _endpoint_variable(service: str) -> str:
    """AWS SDKs and Tools Reference Guide, "Service-specific endpoints": AWS_ENDPOINT_URL_<service id>."""
    service_id = str(botocore.session.get_session().get_service_model(service).service_id)
    return f"AWS_ENDPOINT_URL_{service_id.upper().replace(' ', '_')}"


def _told(emulator: Emulator, event: dict[str, str]) -> Told:
    """Invoke, and return what came of it."""
    before = len(emulator.metrics)
    answer, error = None, None
    try:
        answer = emulator.invoke(event)
    except FunctionError as raised:
        error = str(raised)
    return Told(answer, error, tuple(emulator.metrics[before:]))


def _requests_of(sandbox: Sandbox, run_id: str | None, since: int) -> list[str]:
    """What the platform was asked by a run that had ended already."""
    log = sandbox.request_log[since:]
    return [f"{each.method} {each.path}" for each in log if run_id and each.request_id.startswith(run_id)]
