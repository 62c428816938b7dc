"""Alarm mute rules, which moto does not have: made, listed by alarm and status, and told one by one.

CloudWatch API Reference, PutAlarmMuteRule, ListAlarmMuteRules, GetAlarmMuteRule: a summary has neither name nor reason.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

Rule = dict[str, Any]
_rules: dict[tuple[str, str], Rule] = {}  # (region, name) -> rule
_MINUTES = re.compile(r"PT(\d+)M")


def teach_mute_rules() -> None:
    """Let moto's CloudWatch answer for mute rules."""
    if not hasattr(CloudWatchResponse, "put_alarm_mute_rule"):
        for operation in (put_alarm_mute_rule, list_alarm_mute_rules, get_alarm_mute_rule):
            setattr(CloudWatchResponse, operation.__name__, operation)


def forget_mute_rules() -> None:
    """Begin without any."""
    _rules.clear()


def put_alarm_mute_rule(self: CloudWatchResponse) -> ActionResult:
    """Make a rule, or change it; its alarms must exist."""
    known = {alarm.name for alarm in self.cloudwatch_backend.describe_alarms()}
    named = self._get_param("MuteTargets")["AlarmNames"]
    if not known.issuperset(named):
        raise ServiceException("InvalidParameterValueException", f"Alarms do not exist: {sorted(set(named) - known)}")
    keys = ("Name", "Description", "Rule", "MuteTargets", "ExpireDate")
    _rules[self.region, self._get_param("Name")] = {key: self._get_param(key) for key in keys}
    return ActionResult({})


def list_alarm_mute_rules(self: CloudWatchResponse) -> ActionResult:
    """The summaries of the rules that name an alarm and are in one of the statuses."""
    alarm, statuses = self._get_param("AlarmName"), self._get_param("Statuses")
    here = [rule for (region, _), rule in _rules.items() if region == self.region]
    found = [rule for rule in here if alarm in rule["MuteTargets"]["AlarmNames"] and _status(rule) in statuses]
    summaries = [{"AlarmMuteRuleArn": _arn(self, rule), "Status": _status(rule)} for rule in found]
    return ActionResult({"AlarmMuteRuleSummaries": summaries})


def get_alarm_mute_rule(self: CloudWatchResponse) -> ActionResult:
    """One rule, whole."""
    rule = _rules.get((self.region, self._get_param("AlarmMuteRuleName")))
    if rule is None:
        raise ServiceException("ResourceNotFoundException", "Alarm mute rule not found")
    return ActionResult({**rule, "AlarmMuteRuleArn": _arn(self, rule), "Status": _status(rule)})


def _arn(self: CloudWatchResponse, rule: Rule) -> str:
    return f"arn:aws:cloudwatch:{self.region}:{self.current_account}:alarm-mute-rule:{rule['Name']}"


def _status(rule: Rule) -> str:
    schedule = rule["Rule"]["Schedule"]
    begin = datetime.strptime(schedule["Expression"], "at(%Y-%m-%dT%H:%M)").replace(tzinfo=UTC)
    lasts = _MINUTES.fullmatch(schedule["Duration"])
    if lasts is None:
        raise ServiceException("InvalidParameterValueException", f"not known here: {schedule['Duration']}")
    now = datetime.now(UTC)
    if now < begin:
        return "SCHEDULED"
    return "ACTIVE" if now < begin + timedelta(minutes=int(lasts[1])) else "EXPIRED"
