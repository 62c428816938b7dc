"""A link that opens a report without the console, for who may read no bucket. Only where the stack asks for it.

S3 user guide, "Download and upload objects with presigned URLs": whoever has the link can open it, and it ends with the
credentials that signed it, where these end first. Those of a function do, and Lambda does not tell it when.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

_LASTS = timedelta(hours=1)


def presigned_link(report: str, region: str, now: datetime, s3_client: Any = None) -> str:
    """A link to an object, given its S3 URI, with its end in words; why there is none, where none can be made."""
    bucket, _, key = report.removeprefix("s3://").partition("/")
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    try:
        client = s3_client or boto3.client("s3", region_name=region, config=config)
        url = client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=int(_LASTS.total_seconds())
        )
    except (BotoCoreError, ValueError) as error:
        return f"could not be made: {type(error).__name__}"
    until = (now + _LASTS).astimezone(UTC)
    return f"{url} (until {until:%H:%M} UTC at the latest; it ends sooner if the function's own credentials do)"
