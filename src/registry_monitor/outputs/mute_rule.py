"""Makes the rule that mutes the alarms of a stack for a time (cloudwatch, PutAlarmMuteRule). For the terminal alone.

CloudWatch user guide, "Alarm mute rules": a rule lasts between a minute and 15 days, begins at a whole minute, and
names at most 100 alarms.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

_LONGEST = timedelta(days=15)


class MuteError(Exception):
    """The alarms could not be muted: why, and what to do."""


def mute_alarms(environment: str, time: timedelta, reason: str, now: datetime, client: Any = None) -> str:
    """Mute everything of a stack that tells people, from the next full minute on; what was done, in a sentence.

    Raises MuteError.
    """
    if not timedelta(minutes=1) <= time <= _LONGEST:
        raise MuteError(f"got {time} to mute for; expected between one minute and {_LONGEST.days} days")
    begin = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    minutes = -(-time // timedelta(minutes=1))
    prefix = f"registry-monitor-{environment}-"
    rule = f"{prefix}mute-{begin:%Y%m%dT%H%MZ}"
    try:
        cloudwatch = client or boto3.client("cloudwatch")
        alarms = _telling_alarms(cloudwatch, prefix)
        if not alarms:
            raise MuteError(f"no alarm that tells anybody is called {prefix}…: is it another region or environment?")
        cloudwatch.put_alarm_mute_rule(
            Name=rule,
            Description=reason,
            Rule={"Schedule": {"Expression": f"at({begin:%Y-%m-%dT%H:%M})", "Duration": f"PT{minutes}M"}},
            MuteTargets={"AlarmNames": alarms},
            ExpireDate=begin + timedelta(minutes=minutes),
        )
    except (ClientError, BotoCoreError) as error:
        told = f"the alarms {prefix}… could not be muted: {type(error).__name__} ({error})"
        remedy = "You need DescribeAlarms of CloudWatch, and PutAlarmMuteRule on the rule and on each alarm"
        raise MuteError(f"{told}. {remedy}") from error
    end = begin + timedelta(minutes=minutes)
    told = f"{len(alarms)} alarms of {environment} are muted from {begin:%H:%M} to {end:%Y-%m-%d %H:%M} UTC: {reason}"
    return f"{told}\nTo end it sooner: aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {rule}"


def _telling_alarms(client: Any, prefix: str) -> list[str]:
    """The names of a stack's alarms that have an action: the others are only looked at by the composite one."""
    answer = client.describe_alarms(
        AlarmNamePrefix=prefix, AlarmTypes=["CompositeAlarm", "MetricAlarm"], MaxRecords=100
    )
    alarms = [*answer.get("CompositeAlarms", []), *answer.get("MetricAlarms", [])]
    return sorted(each["AlarmName"] for each in alarms if each.get("AlarmActions") or each.get("OKActions"))
