"""The runs that are kept in the bucket of the reports, the oldest first. For the terminal alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.paging import pages_of
from registry_monitor.model import CannotTellError

_RUN = "/run.json"


def stored_runs(
    bucket: str, target: str, region: str, since: datetime, until: datetime, client_of: ClientOf = aws_client
) -> Iterator[tuple[str, bytes]]:
    """Key and content of each ``run.json`` of the days between two moments. Raises CannotTellError."""
    try:
        client = client_of("s3", region)
        day = since.date()
        while day <= until.date():
            for key in sorted(_keys(client, bucket, f"{target}/runs/{day:%Y/%m/%d}/")):
                with client.get_object(Bucket=bucket, Key=key)["Body"] as body:
                    yield key, body.read()
            day += timedelta(days=1)
    except (ClientError, BotoCoreError, ValueError) as error:
        raise CannotTellError(explain("s3:GetObject", error)) from error


def _keys(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in pages_of(client, "list_objects_v2", Bucket=bucket, Prefix=prefix):
        yield from (each["Key"] for each in page.get("Contents", []) if each["Key"].endswith(_RUN))
