"""Scenarios of MLflow and its stores: what a user sees, what AWS says, and that they are mended again."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.compute import ARTIFACTS_POLICY, TASK_ROLE
from tests.sandbox.aws.control_plane import REGION
from tests.sandbox.platforms import ARTIFACTS_BUCKET, CLUSTER
from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, is_logged
from tests.unit.sandbox.visitor import REGISTRY, SEARCH, Answer, counts, get, stopped_tasks, target_health

CREATE = f"{REGISTRY}/api/mlflow/api/2.0/mlflow/experiments/create"
ARTIFACT = f"{REGISTRY}/api/mlflow/api/2.0/mlflow-artifacts/artifacts/sandbox/{{}}.txt"
JSON = {"Content-Type": "application/json"}


def put(sandbox: Sandbox, key: str, name: str) -> Answer:
    """Write an artifact through the proxy."""
    return get(sandbox, ARTIFACT.format(name), key, "PUT", body="an artifact")


def read(sandbox: Sandbox, key: str, name: str) -> Answer:
    """Read an artifact through the proxy."""
    return get(sandbox, ARTIFACT.format(name), key)


def as_task(sandbox: Sandbox) -> Any:
    """Return an S3 client with the rights of the tasks' role."""
    session = {name.lower(): value for name, value in sandbox.world.task_role_session().items()}
    url = sandbox.world.control_plane.url
    return boto3.client("s3", region_name=REGION, endpoint_url=url, **session)


def test_mlf_02__disk_full(sandbox: Sandbox) -> None:
    """With its disk full the database answers reads and refuses writes; every health check is green."""
    create = CREATE, sandbox.world.secrets.monitor_key, "POST"
    with broken(sandbox, "MLF-02") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
        refused = get(sandbox, *create, headers=JSON, body='{"name": "full-disk"}')
        assert (*refused.seen, refused.json["error_code"]) == (400, APP, "BAD_REQUEST")
        assert "read-only transaction" in refused.text
        assert target_health(sandbox, "mlflow") == HEALTHY
        (database,) = sandbox.world.rds.describe_db_instances()["DBInstances"]
        assert database["DBInstanceStatus"] == "storage-full"
    assert get(sandbox, *create, headers=JSON, body='{"name": "disk-with-room"}').status == 200
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("name", "code", "status", "error_code"),
    [("MLF-07", "AccessDenied", 403, "PERMISSION_DENIED"), ("MLF-08", "NoSuchBucket", 404, "RESOURCE_DOES_NOT_EXIST")],
    ids=["no-right", "no-bucket"],
)
def test_artifact_store__unusable(sandbox: Sandbox, name: str, code: str, status: int, error_code: str) -> None:
    """MLflow cannot use its bucket: it crashes on writes, names the error on reads, keeps tracking; all comes back."""
    key = sandbox.world.secrets.monitor_key
    assert put(sandbox, key, name).status == 200
    with broken(sandbox, name):
        written, found = put(sandbox, key, "new"), read(sandbox, key, name)
        assert (*written.seen, written.text) == (500, APP, "Internal Server Error")
        assert (*found.seen, found.json["error_code"]) == (status, APP, error_code)
        with pytest.raises(ClientError, match=rf"\({code}\) when calling the PutObject operation"):
            as_task(sandbox).put_object(Bucket=ARTIFACTS_BUCKET, Key="artifacts/new", Body=b"")
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
        assert target_health(sandbox, "mlflow") == HEALTHY
    assert read(sandbox, key, name).text == "an artifact"
    assert put(sandbox, key, name).status == 200
    assert_healthy(sandbox)


def test_mlf_07__only_the_role(sandbox: Sandbox) -> None:
    """What MLflow's role may not is no matter to others: the bucket answers the administrator's own keys."""
    list_one = {"Bucket": ARTIFACTS_BUCKET, "MaxKeys": 1}
    assert as_task(sandbox).list_objects_v2(**list_one)["Name"] == ARTIFACTS_BUCKET
    with broken(sandbox, "MLF-07"):
        assert sandbox.world.s3.list_objects_v2(**list_one)["Name"] == ARTIFACTS_BUCKET
        with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
            as_task(sandbox).list_objects_v2(**list_one)


def test_mlf_08__bucket_is_gone(sandbox: Sandbox) -> None:
    """The bucket is in no list while it is deleted, and in its old state, versioned and encrypted, afterwards."""
    s3 = sandbox.world.s3
    before = s3.get_bucket_versioning(Bucket=ARTIFACTS_BUCKET), s3.get_bucket_encryption(Bucket=ARTIFACTS_BUCKET)
    with broken(sandbox, "MLF-08"):
        assert ARTIFACTS_BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        with pytest.raises(s3.exceptions.ClientError, match=r"\(404\).*HeadBucket"):
            s3.head_bucket(Bucket=ARTIFACTS_BUCKET)
    after = s3.get_bucket_versioning(Bucket=ARTIFACTS_BUCKET), s3.get_bucket_encryption(Bucket=ARTIFACTS_BUCKET)
    for then, now in zip(before, after, strict=True):
        assert then | {"ResponseMetadata": None} == now | {"ResponseMetadata": None}


def test_mlf_10__artifacts_disabled(sandbox: Sandbox) -> None:
    """The API proxies no artifacts and says so; everything else is proxied."""
    with broken(sandbox, "MLF-10") as key:
        answer = put(sandbox, key, "new")
        assert (*answer.seen, answer.json["detail"]["error"]) == (503, APP, "ARTIFACTS_DISABLED")
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert put(sandbox, sandbox.world.secrets.monitor_key, "new").status == 200
    assert_healthy(sandbox)


def test_mlf_17__no_tracking_token(sandbox: Sandbox) -> None:
    """The API's own way to MLflow is refused, and users' keys still pass."""
    health = f"{REGISTRY}/api/health/mlflow"
    with broken(sandbox, "MLF-17") as key:
        answer = get(sandbox, health)
        assert (*answer.seen, answer.json["error"]) == (503, APP, "{'detail': 'API key required'}")
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert get(sandbox, health).seen == (200, APP)
    assert_healthy(sandbox)


def test_net_06__no_way_to_the_database(sandbox: Sandbox) -> None:
    """MLflow's new task cannot reach its database and ends: 503 on its own route, 502 from the API's proxy."""
    with broken(sandbox, "NET-06") as key:
        assert get(sandbox, f"{REGISTRY}/mlflow/", key).seen == (503, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (502, APP)
        assert counts(sandbox, "mlflow") == (1, 0, 0)
        newest = next(task for task in stopped_tasks(sandbox, "mlflow") if task["containers"][0].get("exitCode"))
        assert (newest["stopCode"], newest["containers"][0]["exitCode"]) == ("EssentialContainerExited", 1)
        (database,) = sandbox.world.rds.describe_db_instances()["DBInstances"]
        assert database["DBInstanceStatus"] == "available"
        assert sandbox.world.ecs.list_tasks(cluster=CLUSTER, serviceName="hokusai-mlflow-development")["taskArns"] == []
    assert_healthy(sandbox)


def test_mlf_07__bucket_policy_denies(sandbox: Sandbox) -> None:
    """A bucket that denies everything is as closed to MLflow as a role without rights, which it still has."""
    key = sandbox.world.secrets.monitor_key
    with broken(sandbox, "MLF-07@bucket-policy-denies"):
        assert put(sandbox, key, "denied").seen == (500, APP)
        with pytest.raises(ClientError, match=r"\(AccessDenied\) when calling the PutObject operation"):
            as_task(sandbox).put_object(Bucket=ARTIFACTS_BUCKET, Key="artifacts/denied", Body=b"")
        assert sandbox.world.iam.list_role_policies(RoleName=TASK_ROLE)["PolicyNames"] == [ARTIFACTS_POLICY]
    assert put(sandbox, key, "denied").status == 200
    assert_healthy(sandbox)


def test_mlf_08__name_of_no_bucket(sandbox: Sandbox) -> None:
    """MLflow looks for a bucket that nobody has; the right one is there with all that was in it."""
    key = sandbox.world.secrets.monitor_key
    assert put(sandbox, key, "kept").status == 200
    with broken(sandbox, "MLF-08@renamed"):
        assert put(sandbox, key, "new").seen == (500, APP)
        assert is_logged(sandbox, "mlflow", "NoSuchBucket")
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert read(sandbox, key, "kept").text == "an artifact"
    assert_healthy(sandbox)


def test_mlf_10__mlflow_serves_none(sandbox: Sandbox) -> None:
    """MLflow itself refuses artifacts, in plain text and in its own words."""
    with broken(sandbox, "MLF-10@in-mlflow") as key:
        assert put(sandbox, key, "new").seen == (503, APP)
        listed = get(sandbox, f"{REGISTRY}/api/mlflow/api/2.0/mlflow-artifacts/artifacts?path=sandbox", key)
        assert listed.seen == (503, APP)
        assert "disabled due to the mlflow server running with `--no-serve-artifacts`" in listed.text
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert put(sandbox, sandbox.world.secrets.monitor_key, "new").status == 200
    assert_healthy(sandbox)


def test_mlf_12__artifacts_on_the_task_s_disk(sandbox: Sandbox) -> None:
    """Artifacts can be written and read, until the task is replaced; what lay in the bucket is not seen meanwhile."""
    key = sandbox.world.secrets.monitor_key
    assert put(sandbox, key, "in-the-bucket").status == 200
    with broken(sandbox, "MLF-12"):
        assert read(sandbox, key, "in-the-bucket").status == 404
        assert put(sandbox, key, "on-disk").status == 200
        assert read(sandbox, key, "on-disk").text == "an artifact"
        sandbox.world.stop_tasks("mlflow")
        sandbox.settle()
        assert read(sandbox, key, "on-disk").status == 404
    assert read(sandbox, key, "in-the-bucket").text == "an artifact"
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "internal", "public"), [("internal-port", 403, 200), ("public-name", 200, 403)], ids=["port", "public"]
)
def test_mlf_14__other_gaps_in_the_list(sandbox: Sandbox, variant: str, internal: int, public: int) -> None:
    """A port that differs is another host; and who misses the public name refuses the direct route alone."""
    direct = f"{REGISTRY}/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1"
    with broken(sandbox, f"MLF-14@{variant}") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).status == internal
        assert get(sandbox, direct, key).status == public
    assert_healthy(sandbox)


def test_mlf_21__login_of_mlflow_s_own(sandbox: Sandbox) -> None:
    """MLflow asks everybody for a user and a password, through the proxy too; its health page is open."""
    with broken(sandbox, "MLF-21") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert answer.seen == (401, APP)
        assert answer.text.startswith("You are not authenticated.")
        assert get(sandbox, f"{REGISTRY}/mlflow/health").seen == (200, APP)
        assert target_health(sandbox, "mlflow") == HEALTHY
    assert_healthy(sandbox)
