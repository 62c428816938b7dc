"""What boto3 has of the process's own settings of AWS: credentials, which the first call tries, and the region."""

from botocore.exceptions import BotoCoreError, NoCredentialsError

from registry_monitor.inventory.aws import credentials_source, default_region
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import Fact, Known, Unknown

_SOURCE = "boto3"


def find_credentials() -> Fact[str]:
    """Where boto3 has found them ("env", "iam-role")."""
    try:
        found = credentials_source()
        if found is None:
            raise NoCredentialsError
    except BotoCoreError as error:
        return Unknown(reason=explain("every call", error), source=_SOURCE)
    return Known(value=found, source=_SOURCE)


def find_region() -> Fact[str]:
    """The region that calls go to where nobody says another."""
    try:
        region = default_region()
    except BotoCoreError as error:
        return Unknown(reason=explain("every call", error), source=_SOURCE)
    if region is None:
        return Unknown(
            reason="no region of AWS is known: say one with --region, or set AWS_DEFAULT_REGION", source=_SOURCE
        )
    return Known(value=region, source=_SOURCE)
