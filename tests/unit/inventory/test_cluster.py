"""A whole cluster, as moto answers for it, and with parts of it denied."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_monitor.inventory.aws import forget_clients
from registry_monitor.inventory.cluster import CALLS, read_cluster
from registry_monitor.inventory.credentials import find_region
from registry_monitor.inventory.facts import Known, Unknown, known
from tests.unit.inventory.conftest import CLUSTER, REGION, Account, Answer, json_error, xml_error

ELB = "elasticloadbalancing"
CERTIFIED, ZONE = "*.cluster.test", "cluster.test"


@pytest.fixture(scope="module")
def furnished(built_account: Account) -> Account:
    """The account with a listener, a record, a name in Cloud Map and both stores; made once."""
    elbv2, ec2 = built_account.client("elbv2"), built_account.client("ec2")
    group = ec2.create_security_group(GroupName="cluster", Description="any", VpcId=built_account.vpc)["GroupId"]
    tasks = [{"GroupId": built_account.security_group}]
    permission = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": tasks}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    balancer = elbv2.create_load_balancer(Name="cluster-alb", Subnets=built_account.subnets)["LoadBalancers"][0]
    certificate = built_account.client("acm").request_certificate(DomainName=CERTIFIED)["CertificateArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": built_account.groups["mlflow"]}],
    )
    _add_record(built_account, balancer["DNSName"])
    _add_stores(built_account, group)
    _add_named_service(built_account)
    return built_account


def _add_record(account: Account, dns_name: str) -> None:
    route53 = account.client("route53")
    for zone in (ZONE, "another.test"):
        created = route53.create_hosted_zone(Name=zone, CallerReference=zone)["HostedZone"]["Id"]
        record = {"Name": f"ml.{zone}", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": dns_name}]}
        change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=created, ChangeBatch=change)


def _add_stores(account: Account, group: str) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="cluster-db",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="any",
        MasterUserPassword="fake-password",
        VpcSecurityGroupIds=[group],
    )
    account.client("elasticache").create_replication_group(
        ReplicationGroupId="cluster-cache", ReplicationGroupDescription="any", NumCacheClusters=1
    )


def _add_named_service(account: Account) -> None:
    """A service without a load balancer that Cloud Map has a name for."""
    client = account.client("servicediscovery")
    own = account.client("ec2").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]  # moto has one namespace for a VPC
    operation = client.create_private_dns_namespace(Name="inside.test", Vpc=own)["OperationId"]
    namespace = client.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    registry = client.create_service(
        Name="named", NamespaceId=namespace, DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]}
    )["Service"]["Arn"]
    account.client("ecs").create_service(
        cluster=CLUSTER,
        serviceName="named",
        taskDefinition="any",
        desiredCount=0,
        networkConfiguration=account.network,
        serviceRegistries=[{"registryArn": registry}],
    )


@pytest.fixture
def cluster(furnished: Account, account: Account) -> Iterator[Account]:
    yield account
    forget_clients()


def test_cluster__is_read_whole_by_the_calls_that_are_documented(cluster: Account, calls_made: Counter[str]) -> None:
    """From services to load balancers, their hosts, and what keeps the data; zones of nobody's are not read."""
    told = read_cluster(CLUSTER, REGION)
    assert told.unread == ()
    services = {service.name: service for service in known(told.services) or ()}
    assert {"named", "registry-auth", "registry-mlflow"} <= set(services)
    assert [group.name for group in known(told.target_groups)] == ["registry-api", "registry-auth", "registry-mlflow"]
    # Other tests' load balancers are in the same account.
    assert "cluster-alb" in [balancer.name for balancer in known(told.load_balancers)]
    assert known(told.listeners["cluster-alb"])[0].port == 443
    assert (CERTIFIED,) in [certificate.names for certificate in map(known, told.certificates.values()) if certificate]
    assert [record.name for record in known(told.records)] == ["ml.cluster.test"]
    assert {known(fact) for fact in told.internal_names.values()} == {"named.inside.test"}
    assert "cluster-db" in [database.id for database in known(told.databases)]
    assert "cluster-cache" in [cache.id for cache in known(told.caches)]
    assert "cluster" in [group.name for group in known(told.security_groups)]
    assert set(calls_made) <= set(CALLS)
    assert set(CALLS) - set(calls_made) <= {"elasticache:DescribeCacheClusters"}  # moto's groups have no members


@pytest.mark.parametrize(
    ("service", "operation", "body", "action", "fact"),
    [
        ("ecs", "ListServices", json_error("AccessDeniedException"), "ecs:ListServices", "services"),
        ("rds", "DescribeDBInstances", xml_error("AccessDenied"), "rds:DescribeDBInstances", "databases"),
        ("elbv2", "DescribeTargetGroups", xml_error("AccessDenied"), f"{ELB}:DescribeTargetGroups", "target_groups"),
        ("route53", "ListResourceRecordSets", xml_error("AccessDenied"), "route53:ListResourceRecordSets", "records"),
    ],
)
def test_denied_call__names_the_permission_and_leaves_the_rest(
    cluster: Account, answer_instead: Answer, service: str, operation: str, body: str, action: str, fact: str
) -> None:
    answer_instead(service, operation, 403, body)
    told = read_cluster(CLUSTER, REGION)
    assert isinstance(getattr(told, fact), Unknown)
    assert f"add {action} to its policy" in told.unread[0]
    assert isinstance(told.caches, Known)


def test_permissions__are_those_that_the_page_lists() -> None:
    """docs/operations.md, which people grant by."""
    section = Path("docs/operations.md").read_text(encoding="utf-8").partition("## Discover")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^    ([a-z0-9]+:[A-Z]\w+)$", section, re.MULTILINE)) == sorted(CALLS)


def test_no_such_cluster__is_a_fact(account: Account) -> None:
    told = read_cluster("nowhere", REGION)
    assert known(told.services) is None


def test_region__comes_from_the_settings_of_aws(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_DEFAULT_REGION", raising=False)
    assert isinstance(find_region(), Unknown)
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    forget_clients()
    assert known(find_region()) == REGION
