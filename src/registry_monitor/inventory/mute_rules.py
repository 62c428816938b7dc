"""The rules that mute the alarms now, with their end and their reason.

CloudWatch user guide, "How alarm mute rules work": while a rule is active, no action of its alarms runs; when it ends,
an action that it held back is run, if the alarm is still in that state.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from registry_monitor.incident import Mute
from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.model import CannotTellError

LIST_RULES = "cloudwatch:ListAlarmMuteRules"
GET_RULE = "cloudwatch:GetAlarmMuteRule"
_MOST_RULES = 5
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")  # ISO 8601, as far as CloudWatch takes it


def active_mutes(alarm: str, region: str, client_of: ClientOf = aws_client) -> tuple[Mute, ...]:
    """The active rules that name an alarm. Raises CannotTellError where they cannot be read."""
    call = LIST_RULES
    try:
        client = client_of("cloudwatch", region)
        answer = client.list_alarm_mute_rules(AlarmName=alarm, Statuses=["ACTIVE"], MaxRecords=_MOST_RULES)
        call = GET_RULE
        names = [each["AlarmMuteRuleArn"].rpartition(":")[2] for each in answer.get("AlarmMuteRuleSummaries", [])]
        return tuple(_mute(client.get_alarm_mute_rule(AlarmMuteRuleName=name)) for name in names[:_MOST_RULES])
    except Exception as error:
        raise CannotTellError(explain(call, error)) from error


def _mute(rule: dict[str, Any]) -> Mute:
    reason = rule.get("Description") or "no reason was given"
    return Mute(rule=rule["Name"], until=_until(rule["Rule"]["Schedule"]), reason=reason)


def _until(schedule: dict[str, str]) -> datetime | None:
    """When a rule that mutes once, in UTC, ends; None for one that repeats, or is of a zone of its own."""
    is_utc = schedule.get("Timezone", "UTC") == "UTC"
    once, lasts = _AT.fullmatch(schedule["Expression"]), _DURATION.fullmatch(schedule["Duration"])
    if once is None or lasts is None or not is_utc:
        return None
    days, hours, minutes = (int(each or 0) for each in lasts.groups())
    begin = datetime.fromisoformat(once[1]).replace(tzinfo=UTC)
    return begin + timedelta(days=days, hours=hours, minutes=minutes)
