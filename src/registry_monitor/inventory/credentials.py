"""Whether there are credentials for AWS at all; that AWS takes them is shown by the first call."""

from botocore.exceptions import BotoCoreError, NoCredentialsError

from registry_monitor.inventory.aws import credentials_source
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
