"""docs/permissions.md, made from the rows of the matrix and from the role itself."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.fleet.deployed import FLEET_FILE
from tests.permissions.matrix import SUITES, Row
from tests.sandbox.aws.iam.monitors_role import ROLE
from tests.sandbox.aws.iam.policies import listed
from tests.template.deployed import DeployedStack
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.stack import ROOT, Json, load_template

PAGE = ROOT / "docs/permissions.md"
_PLACE = "<Region>", "<AccountId>"

_HEAD = f"""# What the monitor may do

Each permission of the functions' role, and what a run cannot find out without it. `make permissions` makes this page:
it takes away one permission after the other, makes a full run of {", ".join(SUITES)} on the
sandbox, and notes what the run says. A test makes it again and compares. The sandbox's AWS asks the role of the
transformed template before every call of the monitor's: each run of each test has exactly these permissions.

## What the code needs

Without a permission the run names it in a finding of the kind `monitor-permission-missing`, with what to add. Checks
that rest on it are UNKNOWN, never FAIL. Where none does, the verdict stays as it is, and the diagnosis lacks what
stands under *Not read*. It writes its own reports, without which the run is not kept and its invocation fails,
and notices: `sns:Publish`, and of mute rules `cloudwatch:ListAlarmMuteRules` and `cloudwatch:GetAlarmMuteRule`, are
used when a run is over. Without them notices are not sent, or are sent though muted, and the invocation fails too.

| Permission | On | Verdict without it | Checks that are UNKNOWN | Not read |
|---|---|---|---|---|
"""
_LAMBDAS = """
`logs:FilterLogEvents` is used when something fails: its row is of a run in which a service is missing. What the monitor
changes in MLflow and Redis is no matter of IAM: `clients/write_guard.py` and `clients/redis_probe.py` keep it to its
own objects.

## What Lambda does in the functions' name

The code never uses these. Those of network interfaces are denied to it: Lambda's own calls do not carry the function's
ARN (`lambda:SourceFunctionArn`), the code's do.

| Permission | On | What for |
|---|---|---|
"""
_FLEETS = """
## What a fleet adds

Only where the stack has one (`Fleet=yes`): the names of its targets are data, so the same role may do for all of them
what it may do for the stack's own. `PlatformPrefix` still binds which logs, images, roles and secrets of platforms it
reads. Platforms in other accounts are read by a role there (`docs/cross-account.tf`).

| | Permission | On | What for |
|---|---|---|---|
"""


def render(rows: Iterable[Row]) -> str:
    """The whole page."""
    places = _places()
    needed = "".join(
        f"| `{row.action}` | {places[row.action]} | {row.verdict} | {_by_suite(row.unknown)} | {_named(row.unread)} |\n"
        for row in rows
    )
    lambdas = "".join(f"| `{action}` | {places[action]} | {why} |\n" for action, why in LAMBDAS_OWN.items())
    return _HEAD + needed + _LAMBDAS + lambdas + _FLEETS + "".join(_of_a_fleet())


def _of_a_fleet() -> Iterator[str]:
    """The statements of fleet.yaml, each with its own name as words."""
    template = load_template(FLEET_FILE)
    stack = DeployedStack(*_PLACE, {name: f"<{name}>" for name in template["Parameters"]}, {}, template)
    for statement in stack.properties("FleetPolicy")["PolicyDocument"]["Statement"]:
        actions = "<br>".join(f"`{action}`" for action in listed(statement["Action"]))
        why = re.sub(r"(?<!^)([A-Z])", r" \1", statement["Sid"]).capitalize()
        yield f"| {statement['Effect']} | {actions} | {'<br>'.join(_told(statement))} | {why} |\n"


def _by_suite(checks: Iterable[str]) -> str:
    counted = Counter(check.partition(".")[0] for check in checks)
    return ", ".join(f"{number} of {suite}" for suite, number in sorted(counted.items())) or "–"


def _named(names: Iterable[str]) -> str:
    return ", ".join(names) or "–"


def _places() -> dict[str, str]:
    """Where each action is allowed, with the parameters' names in the place of their values."""
    parameters = {name: f"<{name}>" for name in load_template()["Parameters"]}
    names = {name: f"<{name}>" for name in ("ReportsBucket", "AlertsKey")}
    stack = DeployedStack(*_PLACE, parameters, names)
    places: dict[str, list[str]] = {}
    for statement in stack.statements(ROLE):
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                places.setdefault(action, []).extend(_told(statement))
    return {action: "; ".join(dict.fromkeys(told)) for action, told in places.items()}


def _told(statement: Json) -> Iterator[str]:
    bound = [
        f"{key} is `{value}`"
        for keys in statement.get("Condition", {}).values()
        for key, values in keys.items()
        for value in listed(values)
    ]
    for resource in listed(statement["Resource"]):
        yield f"`{resource}`" + (f" where {' and '.join(bound)}" if bound else "")
