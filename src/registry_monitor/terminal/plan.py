"""Prints what a run would ask, without asking it."""

import re
from collections.abc import Mapping

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.vantage import is_inside_vpc
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import Invocation
from registry_monitor.keyring import KeysError
from registry_monitor.monitor import Surroundings, list_checks, suite_context
from registry_monitor.redaction import Redactor
from registry_monitor.target import Target

_AWS_CALL = re.compile(r"[a-z0-9]+:[A-Z]")  # "ecs:DescribeServices": told in a list of their own


def print_plan(invocation: Invocation, target: Target) -> None:
    """Print the AWS calls and each check with its requests. Makes none of them."""
    connect_to(target.connect_to)
    inside = is_inside_vpc(endpoint.url for endpoint in target.endpoints if endpoint.inside_vpc)
    surroundings = Surroundings(time_s=0, is_inside_vpc=inside, fetch_keys=_no_keys, redactor=Redactor())
    inventory = InventoryReader(target)
    checks = list_checks(invocation, suite_context("plan", target, inventory, surroundings))
    print(f"A {invocation.depth} run of {', '.join(invocation.suites)} on {target.name},")
    print(f"from {'inside' if inside else 'outside'} the VPC, would make\n")
    print("AWS calls (read-only, shared by all checks):")
    for call in (
        *inventory.calls,
        "secretsmanager:GetSecretValue × 1 (none with a key of the environment or a prompt)",
    ):
        print(f"  {call}")
    print("AWS calls that write: s3:PutObject, one an object of the reports, where MONITOR_REPORTS_BUCKET is set")
    print("\nRequests:")
    for check in checks:
        if check.skip is not None:
            print(f"  {check.id}: skipped, {check.skip}")
            continue
        asked = [request for request in check.requests if not _AWS_CALL.match(request)]
        for request in asked:
            is_write = check.writes and not request.startswith("GET ") and not request.endswith("/search")
            print(f"  {check.id}: {request}{' (writes)' if is_write else ''}")
    print(f"\n{len(checks)} checks; a failing read is asked once more.")


def _no_keys(force: bool) -> Mapping[str, str]:
    raise KeysError("a plan reads no keys")
