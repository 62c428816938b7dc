"""S3 in this process, with the bucket of the test's module; how many inputs the properties are shown."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws

# ``make test`` shows each property the same few inputs each time; ``make torture PART=input`` many others.
_ANY = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("test", max_examples=10, derandomize=True, **_ANY)
settings.register_profile("torture", max_examples=500, print_blob=True, **_ANY)
settings.load_profile("test")


@pytest.fixture
def s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of moto's S3; the module's ``BUCKET`` is there, and empty."""
    bucket = request.module.BUCKET
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-key")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    mock = mock_aws()
    mock.start(reset=False)  # a sandbox of another test may share the process and its state
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    yield client
    for each in client.list_objects_v2(Bucket=bucket).get("Contents", []):
        client.delete_object(Bucket=bucket, Key=each["Key"])
    client.delete_bucket(Bucket=bucket)
    mock.stop(remove_data=False)
