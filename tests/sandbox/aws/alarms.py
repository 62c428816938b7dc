"""Alarms for tests that need one to be there, whatever it looks at."""

from typing import Any


def put_alarm(cloudwatch: Any, name: str, *actions: str) -> None:
    """Make a metric alarm, given a client of CloudWatch; ``actions``: the ARNs of the topics that it tells."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=list(actions),
    )
