"""What can be asked of the bucket of the reports without writing into it."""

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain

_LIST_BUCKET = "s3:ListBucket"  # what S3's HeadBucket needs


def problem_of_bucket(bucket: str, region: str, client_of: ClientOf = aws_client) -> str | None:
    """Why the bucket cannot be used, in a sentence; None where it is there and in reach."""
    try:
        client_of("s3", region).head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchBucket"):
            return f"there is no bucket {bucket}: correct MONITOR_REPORTS_BUCKET"
        return explain(_LIST_BUCKET, error)
    except (BotoCoreError, ValueError) as error:
        return explain(_LIST_BUCKET, error)
    return None
