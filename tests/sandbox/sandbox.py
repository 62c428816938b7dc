"""The sandbox: the whole platform on this machine, for as long as a ``with Sandbox()`` block lasts.

AWS (moto) holds the truth. ``settle`` computes what follows from it: which processes run, which targets are
registered and healthy, what ECS reports, and where the load balancers send their requests.
"""

import datetime as dt
import shutil
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from tests.sandbox import scenario as scenarios
from tests.sandbox.addresses import Addresses
from tests.sandbox.alb.clients import demand_of_clients
from tests.sandbox.alb.configuration import Listener
from tests.sandbox.alb.front_end import FrontEnd, LoggedRequest
from tests.sandbox.aws.calls import MONITOR_CREDENTIALS
from tests.sandbox.aws.container_logs import ContainerLogs
from tests.sandbox.aws.control_plane import ACCOUNT, ControlPlane
from tests.sandbox.aws.iam.authorization import UnmappedCallError
from tests.sandbox.aws.iam.monitors_role import monitors_role
from tests.sandbox.aws.scheduler import Scheduler
from tests.sandbox.black_hole import BlackHole
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.containers import ContainerRuntime
from tests.sandbox.data_stores import DataStores
from tests.sandbox.keys import records
from tests.sandbox.mlflow_backend import MlflowBackend
from tests.sandbox.mlflow_stores import MlflowStore, PostgresStore, SqliteStore
from tests.sandbox.monitor_view import MonitorView
from tests.sandbox.names import Names
from tests.sandbox.platform import Platform
from tests.sandbox.platforms import NOTICE_TOPIC, PAGE_ALARM, PLATFORMS, REPORTS_BUCKET
from tests.sandbox.s3_gate import S3Gate
from tests.sandbox.services.settings import Era
from tests.sandbox.settling import Settling
from tests.sandbox.target_file import write_target
from tests.sandbox.world import World

_DEPLOYED_BEFORE = dt.timedelta(days=3)  # the platform has been running when the sandbox starts


class Sandbox:
    """The platform at one date, or one that is made like it; broken by a scenario (or several joined by ``+``).

    ``replaced`` leads a service's role to a team's own build (host, port). ``time_scale`` shortens the load
    balancers' connect and idle time-outs, and ``pause_scale`` the waits in which nothing can happen: between the
    services' retries, and for packets that are dropped. 1.0 is real. ``progress`` is called with a line at each step.

    Raises ScenarioError when the scenario is unknown or contradicts the platform, and UnmappedCallError at its end
    when the monitor made a call of AWS of which nobody has said what permission it needs.
    """

    def __init__(
        self,
        platform: Era | Platform | None = None,
        scenario: str = "healthy",
        *,
        replaced: Mapping[str, tuple[str, int]] | None = None,
        time_scale: float = 1.0,
        pause_scale: float = 1.0,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        era = platform.era if isinstance(platform, Platform) else platform
        known = PLATFORMS[scenarios.platform_of(scenarios.load(scenario), era)]
        self.platform = platform if isinstance(platform, Platform) else known
        self._scenario = scenario
        self._replaced = replaced or {}
        self._time_scale = time_scale
        self._pause_scale = pause_scale
        self._progress = progress
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress("stopping")
        self._stack.close()
        if kind is None and (unmapped := self.world.control_plane.refusals.unmapped):
            raise UnmappedCallError("; ".join(sorted(unmapped)))

    @property
    def environment(self) -> dict[str, str]:
        """What a user would set to run the monitor against this sandbox."""
        region = self.platform.account.region
        return {
            "AWS_ENDPOINT_URL": self.world.control_plane.url,
            "AWS_ACCESS_KEY_ID": MONITOR_CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": MONITOR_CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "REQUESTS_CA_BUNDLE": str(self.world.monitor_bundle),
            "MONITOR_TARGET": str(self.target_path),
            "MONITOR_REPORTS_BUCKET": REPORTS_BUCKET,
            "MONITOR_NOTICE_TOPIC_ARN": f"arn:aws:sns:{region}:{ACCOUNT}:{NOTICE_TOPIC}",
            "MONITOR_PAGE_ALARM": PAGE_ALARM,
        }

    @property
    def request_log(self) -> list[LoggedRequest]:
        """Every request that the load balancers have answered."""
        return self._front_end.requests

    @property
    def mlflow_address(self) -> str:
        """The base URL of the real MLflow server itself, behind everything."""
        return self._mlflow.url

    @property
    def mlflow(self) -> MlflowBackend:
        """Where the real MLflow server runs."""
        return self._mlflow

    def break_(self, name: str) -> None:
        """Break the world by a scenario, and settle."""
        for scenario in scenarios.load(name):
            scenario.break_(self.world)
        self.settle()

    def mend(self, name: str) -> None:
        """Undo a scenario, and settle."""
        for scenario in reversed(scenarios.load(name)):
            scenario.mend(self.world)
        self.settle()

    def settle(self) -> None:
        """Compute what follows from the world as it is now, and tell the target file; call it after every edit."""
        self._settle(dt.datetime.now(dt.UTC) - self.world.settles_as_of)

    def connect_to(self) -> dict[str, str]:
        """Return where the monitor finds each host and port of the platform (as ``curl --connect-to``)."""
        return self._settling.connect_to

    def redis_client(self) -> redis.Redis:
        """Return a client of Redis of the sandbox's own; close it."""
        return self._data_stores.redis_client(self.world)

    def _settle(self, now: dt.datetime) -> None:
        self._settling.settle(now)
        write_target(self.target_path, self.platform.target_file, self.connect_to(), self.world.authority.bundle)

    def _start(self) -> None:
        progress, started = self._progress, time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="registry-monitor-sandbox-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        addresses = self._stack.enter_context(Addresses())
        account = self.platform.account
        role = monitors_role(self.platform.target, account.region, ACCOUNT, account)
        control_plane = ControlPlane(role, account.region)
        self._stack.callback(control_plane.stop)
        secrets = self.platform.new_secrets()
        self._data_stores = DataStores(addresses, folder, secrets.redis_password, account)
        self._stack.callback(self._data_stores.stop)
        with ThreadPoolExecutor(max_workers=1) as pool:
            started_postgres = pool.submit(self._data_stores.begin)
            self.world = World(control_plane, self.platform, addresses, CertificateAuthority(folder), secrets)
            self.world.database = self._data_stores.postgres
            self.world.build()
            self.world.settle = self.settle
            progress("AWS control plane with the healthy world")
            started_postgres.result()
        self._data_stores.open(self.world)
        self.postgres, self.redis = self._data_stores.postgres, self._data_stores.redis
        progress(self._data_stores.kinds)
        self._start_traffic(addresses, folder)
        self.target_path = folder / f"{self.platform.target}.yaml"
        self._settle(dt.datetime.now(dt.UTC) - _DEPLOYED_BEFORE)
        progress("services, real MLflow server and load balancers")
        if self._scenario != "healthy":
            self.break_(self._scenario)
            progress(f"broken by {self._scenario}")
        progress(f"ready after {time.monotonic() - started:.1f} s")

    def _start_traffic(self, addresses: Addresses, folder: Path) -> None:
        world, data_stores = self.world, self._data_stores
        names = Names(self._pause_scale)
        self.keys = world.keys
        self.keys |= records(world.secrets.monitor_keys, world.secrets.tracking_token)
        s3_gate = S3Gate(world)
        self._stack.callback(s3_gate.stop)
        self._mlflow = MlflowBackend(
            addresses.of("mlflow-process"),
            self._mlflow_store(folder),
            self._mlflow_environment(s3_gate.url),
            folder / "mlflow",
            world.secrets.mlflow_users,
        )
        self._stack.callback(self._mlflow.stop)
        runtime = ContainerRuntime(
            self.platform.era,
            names,
            self.keys,
            self._mlflow,
            world.authority.bundle,
            self._pause_scale,
            self._replaced,
        )
        scheduler = Scheduler(world, runtime)
        logs = ContainerLogs(world, scheduler)
        logs.start()
        self._stack.callback(logs.stop)
        self._stack.callback(scheduler.stop)
        self._front_end = FrontEnd(self._listener_tls, self._time_scale, self._pause_scale).start()
        self._stack.callback(self._front_end.stop)
        black_hole = BlackHole(addresses.of("black-hole"))
        self._stack.callback(black_hole.close)
        view = MonitorView(world, black_hole)
        self._settling = Settling(world, data_stores, scheduler, self._front_end, names, self._mlflow, view, s3_gate)

    def _mlflow_store(self, folder: Path) -> MlflowStore:
        has_database = self.platform.account.database is not None
        return PostgresStore(self._data_stores.postgres) if has_database else SqliteStore(folder / "mlflow.db")

    def _listener_tls(self, listener: Listener) -> ssl.SSLContext:
        authority, certificate = self.world.authority, self.world.certificates[str(listener.certificate)]
        return demand_of_clients(authority.server_context(certificate), listener, authority.bundle)

    def _mlflow_environment(self, s3_url: str) -> dict[str, str]:
        return self.world.task_role_session() | {
            "AWS_DEFAULT_REGION": self.platform.account.region,
            "MLFLOW_S3_ENDPOINT_URL": s3_url,
        }
