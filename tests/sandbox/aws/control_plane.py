"""moto as the AWS control plane, inside this process, so that the sandbox can read and edit its state.

moto keeps one state per process, so one sandbox runs in a process at a time. moto has no lock: its lists and
dictionaries are replaced as a whole, never changed in place, since another thread may be reading them.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import EC2Backend
from moto.ecs.models import EC2ContainerServiceBackend, Task
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup
from moto.iam.access_control import PermissionResult, S3IAMRequest
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.moto_api import state_manager
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from tests.sandbox.aws.iam.role import Role
from tests.sandbox.aws.mute_rules import forget_mute_rules, teach_mute_rules
from tests.sandbox.aws.refusals import Refusals

REGION = "us-east-1"  # hokusai's
ACCOUNT = DEFAULT_ACCOUNT_ID

TargetHealth = tuple[str, str | None, str | None]  # state, reason, description
_health: dict[tuple[str, str], TargetHealth] = {}  # (target group ARN, target address) -> health
_running = threading.Lock()
_FIRST_CHECKS: TargetHealth = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
_moto_health_for = FakeTargetGroup.health_for
_moto_get_permission = FakeBucket.get_permission
_moto_list_tasks = EC2ContainerServiceBackend.list_tasks


class ControlPlane:
    """A moto server on a free port of 127.0.0.1 with an empty state. ``role``: that of the monitor, enforced."""

    def __init__(self, role: Role, region: str = REGION) -> None:
        if not _running.acquire(blocking=False):
            raise RuntimeError(
                "A sandbox already runs in this process; stop it first: moto's state is one per process."
            )
        _teach_moto()
        teach_mute_rules()
        forget_mute_rules()
        BackendDict.reset()
        _health.clear()
        self._region = region
        self._deleted_buckets: dict[str, FakeBucket] = {}
        self._deleted_groups: dict[str, Any] = {}
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.refusals = Refusals(role)
        server = self._server._server
        server.app = self.refusals.in_front_of(server.app)  # type: ignore[union-attr]

    @contextmanager
    def behind(self, layer: Callable[[Any], Any]) -> Iterator[None]:
        """Put a layer of WSGI before all of AWS, for a while."""
        server: Any = self._server._server
        kept = server.app
        server.app = layer(kept)
        try:
            yield
        finally:
            server.app = kept

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()
        _running.release()

    def backend(self, service: str) -> Any:
        """Return moto's state of ``service`` in the sandbox's account and region."""
        return get_backend(service)[ACCOUNT][self._region]  # type: ignore[call-overload]

    def forget_task(self, arn: str) -> None:
        """Let ECS know nothing of a task any more."""
        ecs = self.backend("ecs")
        ecs.tasks = {cluster: {a: task for a, task in of.items() if a != arn} for cluster, of in ecs.tasks.items()}

    def forget_stopped_tasks(self) -> None:
        """Let ECS tell of no task that has stopped, as after an hour."""
        for task in [task for of in self.backend("ecs").tasks.values() for task in of.values()]:
            if task.last_status == "STOPPED":
                self.forget_task(task.task_arn)

    def forget_cluster(self, name: str) -> None:
        """Let ECS know nothing of a cluster any more; a deleted one would stay INACTIVE for a while."""
        ecs = self.backend("ecs")
        ecs.clusters = {key: cluster for key, cluster in ecs.clusters.items() if key != name}

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket with all that is in it, which takes the API a call for each version of each object."""
        buckets = s3_backends[ACCOUNT]["aws"]
        self._deleted_buckets[name] = buckets.buckets[name]
        buckets.buckets = {key: bucket for key, bucket in buckets.buckets.items() if key != name}
        s3_backends.bucket_accounts = {key: who for key, who in s3_backends.bucket_accounts.items() if key != name}

    def undelete_bucket(self, name: str) -> None:
        """Bring a bucket back as it was when ``delete_bucket`` took it away, its versions among it."""
        buckets = s3_backends[ACCOUNT]["aws"]
        buckets.buckets = buckets.buckets | {name: self._deleted_buckets.pop(name)}
        s3_backends.bucket_accounts = s3_backends.bucket_accounts | {name: ("aws", ACCOUNT)}

    def delete_replication_group(self, name: str) -> None:
        """Delete a replication group, which by the API stays ``deleting`` for ever."""
        elasticache = self.backend("elasticache")
        self._deleted_groups[name] = elasticache.replication_groups[name]
        elasticache.replication_groups = {
            key: group for key, group in elasticache.replication_groups.items() if key != name
        }

    def undelete_replication_group(self, name: str) -> None:
        """Bring it back under its old host name: one created anew would have another."""
        elasticache = self.backend("elasticache")
        elasticache.replication_groups = elasticache.replication_groups | {name: self._deleted_groups.pop(name)}

    def add_managed_policy(self, arn: str, document: str) -> None:
        """Let IAM know a policy that AWS manages, which no API call can create."""
        path, _, name = arn.partition(":policy")[2].rpartition("/")
        policies = iam_backends[ACCOUNT]["aws"].managed_policies
        policies[arn] = AWSManagedPolicy(name, ACCOUNT, self._region, path=f"{path}/", document=document)

    def replace_certificate(self, arn: str, body: bytes) -> None:
        """Let an imported certificate be another one, such as an expired one, which ACM refuses to import."""
        bundle = self.backend("acm")._certificates[arn]
        bundle.cert, bundle._cert = body, x509.load_pem_x509_certificate(body)

    def set_target_health(self, target_group_arn: str, address: str, health: TargetHealth) -> None:
        """Make describe_target_health answer ``health`` for a registered target."""
        _health[target_group_arn, address] = health


def _teach_moto() -> None:
    """Wrap the four functions of moto 5.2.5 that answer too simply, and keep tasks from ageing at each look."""
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000_000})
    if FakeTargetGroup.health_for is not _computed_health:
        FakeTargetGroup.health_for = _computed_health  # type: ignore[method-assign]
        EC2ContainerServiceBackend.list_tasks = _list_tasks_of_service  # type: ignore[method-assign, assignment]
        S3Response._authenticate_and_authorize_s3_action = _judge_by_role  # type: ignore[method-assign]
        FakeBucket.get_permission = _deny_aloud  # type: ignore[method-assign]


def _computed_health(self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend) -> FakeHealthStatus:
    """Moto calls every registered target healthy; answer what the sandbox's health check saw."""
    answer = _moto_health_for(self, target, ec2_backend)
    if target["Id"] in self.targets:
        answer.status, answer.reason, answer.description = _health.get((self.arn, target["Id"]), _FIRST_CHECKS)
    return answer


def _list_tasks_of_service(backend: EC2ContainerServiceBackend, *filters: str | None) -> list[Task]:
    """Filter by service, which moto ignores, and by status, which is RUNNING when nobody asks for another."""
    cluster, container_instance, family, started_by, service_name, desired_status = filters
    tasks = _moto_list_tasks(
        backend, cluster, container_instance, family, started_by, desiredStatus=desired_status or "RUNNING"
    )
    group = service_name and f"service:{service_name.split('/')[-1]}"
    return [task for task in tasks if not group or task.group == group]


def _judge_by_role(self: S3Response, bucket_name: str | None = None, key_name: str | None = None) -> None:
    """Allow a role what its policies and the bucket allow now, else answer 403; keys without a session may do all.

    Moto judges all requests or none. The sandbox's own keys build and edit the world, and no policy is theirs.
    """
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(bucket_name or "")
    if "X-Amz-Security-Token" not in self.headers or (bucket_name and not bucket):
        return  # S3 looks for the bucket first: NoSuchBucket
    action = self._get_action()
    request = S3IAMRequest(
        account_id=ACCOUNT,
        method=self.method,
        path=self.raw_path,
        data=self.data,
        body=self.raw_body,
        headers=self.headers,
        action=action,
    )
    # Deleting several objects names them in the body: AWS judges each, here all of the bucket's are judged at once.
    is_of_objects = action.endswith("Object")
    resource = "/".join(part for part in (bucket_name or "*", key_name or ("*" if is_of_objects else None)) if part)
    request.check_action_permitted(f"arn:aws:s3:::{resource}")
    if bucket:
        bucket.get_permission(f"s3:{action}", f"arn:aws:s3:::{resource}")


def _deny_aloud(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Answer AccessDenied where a bucket's policy denies something to everybody; moto has a 403 without a word."""
    answer: PermissionResult = _moto_get_permission(self, action, resource)
    if answer is PermissionResult.DENIED:
        raise S3AccessDeniedError
    return answer
