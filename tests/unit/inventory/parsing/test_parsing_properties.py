"""Answers of AWS of any kind: a fact, or Unknown with the call and a reason; never an error."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import Known, MetricQuery, Unknown
from registry_monitor.inventory.once import ReadOnce
from registry_monitor.inventory.parsing import (
    data_stores,
    discovery,
    dns,
    ecs,
    edge,
    load_balancing,
    logs,
    metrics,
    network,
    roles,
    secrecy,
    task_definitions,
    task_needs,
)
from registry_monitor.model import Document
from registry_monitor.reports.escaping import json_text
from tests.unit.generated import json_values, texts
from tests.unit.inventory.parsing.answers_of_aws import answers_of

_ZONE = dns.Zone(id="Z1", name="example.com", is_private=False)
_QUERY = MetricQuery(id="a", namespace="n", metric="m", dimensions=(), statistic="Maximum")
PARSERS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "services": ("ecs", "DescribeServices", lambda answer: ecs.ecs_services([answer], ["api"])),
    "tasks": ("ecs", "DescribeTasks", lambda answer: ecs.tasks([answer])),
    "stopped tasks": ("ecs", "DescribeTasks", lambda answer: ecs.stopped_tasks([answer], ["api"])),
    "task definition": ("ecs", "DescribeTaskDefinition", task_definitions.task_definition),
    "target groups": ("elbv2", "DescribeTargetGroups", load_balancing.target_groups),
    "target health": ("elbv2", "DescribeTargetHealth", load_balancing.target_health),
    "load balancers": ("elbv2", "DescribeLoadBalancers", load_balancing.load_balancers),
    "rules": ("elbv2", "DescribeRules", lambda answer: load_balancing.listener(_LISTENER, answer["Rules"])),
    "listeners": ("elbv2", "DescribeListeners", lambda answer: load_balancing.listener(answer["Listeners"][0], [])),
    "security groups": ("ec2", "DescribeSecurityGroups", lambda answer: network.security_groups([answer])),
    "subnets": ("ec2", "DescribeSubnets", lambda answer: network.subnets([answer])),
    "network ACLs": ("ec2", "DescribeNetworkAcls", lambda answer: network.acls([answer])),
    "route tables": ("ec2", "DescribeRouteTables", lambda answer: network.route_tables([answer])),
    "endpoints": ("ec2", "DescribeVpcEndpoints", lambda answer: network.endpoints([answer], "us-east-1")),
    "NAT gateways": ("ec2", "DescribeNatGateways", lambda answer: network.nat_gateways([answer])),
    "zones": ("route53", "ListHostedZones", lambda answer: dns.zones([answer])),
    "records": ("route53", "ListResourceRecordSets", lambda answer: dns.records([answer], _ZONE)),
    "database": ("rds", "DescribeDBInstances", data_stores.database),
    "cache": ("elasticache", "DescribeReplicationGroups", data_stores.cache),
    "cache cluster": ("elasticache", "DescribeCacheClusters", data_stores.cluster_security_groups),
    "bucket": ("s3", "GetBucketEncryption", lambda answer: data_stores.bucket("artifacts", answer)),
    "certificate": ("acm", "DescribeCertificate", edge.certificate),
    "firewall": ("wafv2", "GetWebACLForResource", edge.firewall),
    "images": ("ecr", "DescribeImages", task_needs.has_images),
    "secret": ("secretsmanager", "DescribeSecret", task_needs.secret),
    "instances": ("servicediscovery", "ListInstances", lambda answer: discovery.registered_instances([answer])),
    "metrics": ("cloudwatch", "GetMetricData", lambda answer: metrics.metric_extremes([answer], [_QUERY])),
    "log lines": ("logs", "FilterLogEvents", lambda answer: logs.tail("group", answer["events"])),
}
_LISTENER = {"ListenerArn": "arn:l", "Port": 443, "Protocol": "HTTPS"}


@pytest.mark.parametrize("name", PARSERS)
@given(st.data())
def test_answer_of_any_kind__is_a_fact_or_unknown(name: str, data: st.DataObject) -> None:
    """What AWS's own model allows, and what it does not, is a fact that can be written, or Unknown with the reason."""
    service, operation, parse = PARSERS[name]
    answer = data.draw(answers_of(service, operation))
    call = f"{service}:{operation}"
    fact = ReadOnce(call, lambda _: parse(answer)).fact("key", 10.0)
    if isinstance(fact, Unknown):
        assert fact.reason.startswith(call)
        assert len(fact.reason) < 600
        return
    assert isinstance(fact, Known)
    for each in fact.value if isinstance(fact.value, tuple) else (fact.value,):
        if isinstance(each, Document):
            assert json_text(each).encode()


@given(json_values)
def test_policy_of_any_kind__is_read_or_explained(document: Any) -> None:
    """A policy is written by people: what is none is an error that can be explained in words."""
    try:
        assert all(each.effect for each in roles.statements({"Statement": document}) if each.effect)
    except Exception as error:  # noqa: BLE001 - as ReadOnce takes it
        assert explain("iam:GetRolePolicy", error).startswith("iam:GetRolePolicy")


@given(texts, texts, st.lists(texts))
def test_setting_of_any_kind__is_told_without_its_secret(name: str, value: str, parts: list[str]) -> None:
    """A variable under a secret's name keeps no value, whatever it is; a command and a text are redacted in time."""
    assert secrecy.variable("family", f"{name}_PASSWORD", value).value is None
    assert len(secrecy.command([*parts, "--db-password", value])) == len(parts) + 2
    assert secrecy.command(["--db-password", f"x{value}"])[1] == "[redacted]"
    assert isinstance(secrecy.redact(value * 100), str)
