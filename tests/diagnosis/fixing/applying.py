"""Applies one finding's fix: its Terraform, else the commands that it tells."""

import re

from botocore.exceptions import ClientError, ParamValidationError

from registry_monitor.finding import Finding
from tests.diagnosis.fixing.commands import changes_told, run_command
from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.diagnosis.fixing.terraform import apply_terraform
from tests.sandbox.world import World

_ASKS_FOR_A_SECRET = re.compile(r"\b(Put into|Add the key|Issue a new key|Create the secret)\b")


def apply_fix(finding: Finding, world: World) -> None:
    """Change the world as the fix of a finding says.

    Raises:
        NotApplicableError: the fix leaves something open.
        RefusedError: AWS refuses it.

    """
    fix = finding.fix
    try:
        if fix.hcl is not None:
            apply_terraform(fix.hcl, world, finding.arn)
            return
        if asked := _ASKS_FOR_A_SECRET.search(fix.told):
            raise NotApplicableError(f"it asks for a secret's content: {asked[0]} …")
        commands = changes_told(fix.told)
        if not commands:
            raise NotApplicableError(f"it is told in words alone: {fix.told}")
        for command in commands:
            run_command(command, world)
    except (ClientError, ParamValidationError) as error:
        raise RefusedError(str(error)) from error
