"""A small account in moto, in a process of its own: the sandbox of another test would empty the state of this one."""

import json
import re
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse

from registry_monitor.inventory import once
from registry_monitor.inventory.aws import aws_client, forget_clients
from registry_monitor.target import Keys, LoadBalancer, Mlflow, Service, Target
from tests.sandbox.processes.child import ChildProcess

REGION = "eu-west-3"
CLUSTER = "registry"
ROLES = ("auth", "api", "mlflow")
FAKE_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "fake-access-key-id", "AWS_SECRET_ACCESS_KEY": "fake-secret-access-key"}
Json = dict[str, Any]


def target_of(
    *roles: str, cluster: str = CLUSTER, load_balancers: tuple[str, ...] = ("registry-alb",), keys_in: str = "keys"
) -> Target:
    """A target in the account's region, with one service for each role."""
    return Target(
        name="test",
        region=REGION,
        cluster=cluster,
        keys=Keys(secret=keys_in, names=("admin", "reader"), monitor="admin"),
        services=tuple(Service(role=role, name=f"registry-{role}", container_port=8000) for role in roles),
        load_balancers=tuple(LoadBalancer(name=name, hosts=("registry.test",)) for name in load_balancers),
        mlflow=Mlflow(service=roles[0], api_url="https://registry.test/mlflow", experiment="e", model="m"),
    )


@dataclass
class Account:
    """What the tests' AWS account holds. ``client(service)`` is a client of the tests', not of the monitor's."""

    url: str
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    security_group: str = ""
    groups: dict[str, str] = field(default_factory=dict)  # role -> target group ARN

    def client(self, service: str) -> Any:
        """A client with boto3's own settings."""
        credentials = {name.lower(): value for name, value in FAKE_CREDENTIALS.items()}
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **credentials)

    def build(self) -> None:
        """Create a cluster with three services, each with a target group and one target, behind a load balancer."""
        ecs, elbv2, ec2 = self.client("ecs"), self.client("elbv2"), self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})  # moto's tasks need it
        for number, zone in enumerate("ab"):
            block = f"10.1.{number}.0/24"
            created = ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
            self.subnets.append(created["Subnet"]["SubnetId"])
        group = ec2.create_security_group(GroupName="tasks", Description="any", VpcId=self.vpc)
        self.security_group = group["GroupId"]
        for name in ("registry-alb", "another-alb"):
            elbv2.create_load_balancer(Name=name, Scheme="internal", Subnets=self.subnets)
        ecs.create_cluster(clusterName=CLUSTER)
        ecs.register_task_definition(
            family="any", containerDefinitions=[{"name": "any", "image": "any", "memory": 128}]
        )
        for role in ROLES:
            self.groups[role] = self.add_service(role)

    def add_service(self, role: str) -> str:
        """Create one service; returns its target group's ARN."""
        elbv2 = self.client("elbv2")
        group = elbv2.create_target_group(
            Name=f"registry-{role}",
            Protocol="HTTP",
            Port=8000,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
        )
        arn: str = group["TargetGroups"][0]["TargetGroupArn"]
        elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.1.0.7", "Port": 8000}])
        self.client("ecs").create_service(
            cluster=CLUSTER,
            serviceName=f"registry-{role}",
            taskDefinition="any",
            desiredCount=2,
            loadBalancers=[{"targetGroupArn": arn, "containerName": "any", "containerPort": 8000}],
        )
        return arn

    @property
    def network(self) -> Json:
        """The network of a service's tasks, as ECS takes it."""
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.security_group]}}

    def task_definition(self) -> str:
        """Register one revision more of a definition for Fargate; returns its ARN."""
        container = {
            "name": "web",
            "image": "registry.test/web:1",
            "memory": 256,
            "portMappings": [{"containerPort": 8000}],
        }
        registered = self.client("ecs").register_task_definition(
            family="web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        arn: str = registered["taskDefinition"]["taskDefinitionArn"]
        return arn

    def run_tasks(self, service: str, count: int) -> list[str]:
        """Run tasks as the service's own; moto lists all of a cluster's, so stop them again. Returns their ARNs."""
        definition = self.task_definition()
        ran = [
            self.client("ecs").run_task(
                cluster=CLUSTER,
                taskDefinition=definition,
                launchType="FARGATE",
                group=f"service:{service}",
                networkConfiguration=self.network,
            )
            for _ in range(count)
        ]
        return [run["tasks"][0]["taskArn"] for run in ran]


@pytest.fixture(scope="session")
def built_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("moto") / "moto.log"
    server = ChildProcess([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], log=log)
    server.wait_until(lambda: _url_in(log) is not None, timeout_s=30)
    account = Account(_url_in(log) or "")
    account.build()
    yield account
    server.stop()


def _url_in(log: Path) -> str | None:
    """Where moto says that it listens, once it does."""
    said = re.search(r"Running on (http://[\d.]+:\d+)\s", log.read_text())
    return said and said[1]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Fake credentials and nothing else of AWS; the monitor's clients are made anew in it."""
    for name, value in FAKE_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(once, "CONSISTENT_AFTER_S", 0.01)  # moto has at once what was written
    forget_clients()
    yield monkeypatch
    forget_clients()


@pytest.fixture
def account(built_account: Account, environment: pytest.MonkeyPatch) -> Account:
    """The account; the monitor's clients are led to it as a user would lead them."""
    environment.setenv("AWS_ENDPOINT_URL", built_account.url)
    return built_account


@pytest.fixture
def silent_endpoint(environment: pytest.MonkeyPatch) -> Iterator[str]:
    """An endpoint that the kernel accepts connections for, and that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        environment.setenv("AWS_ENDPOINT_URL", url)
        yield url


@pytest.fixture
def closed_endpoint(environment: pytest.MonkeyPatch) -> Iterator[str]:
    """An endpoint that refuses connections: its port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        environment.setenv("AWS_ENDPOINT_URL", url)
        yield url


type Answer = Callable[[str, str, int, str], list[str]]


@pytest.fixture
def answer_instead(account: Account) -> Answer:
    """``(service, operation, status, body)``: what AWS answers from now on; returns the URLs that were asked."""

    def answer(service: str, operation: str, status: int, body: str) -> list[str]:
        asked: list[str] = []

        def respond(request: AWSRequest, **_: object) -> AWSResponse:
            asked.append(request.url)
            return AWSResponse(request.url, status, {"Content-Type": "text/plain"}, _Raw(body.encode()))

        events = aws_client(service, REGION).meta.events
        events.register(f"before-send.{events_name(service)}.{operation}", respond)
        return asked

    return answer


class _Raw(BytesIO):
    """A body as urllib3 hands it to botocore."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def events_name(service: str) -> str:
    """What botocore calls the service in the names of its events."""
    named = {
        "elbv2": "elastic-load-balancing-v2",
        "logs": "cloudwatch-logs",
        "route53": "route-53",
        "secretsmanager": "secrets-manager",
    }
    return named.get(service, service)


def json_error(code: str, message: str = "") -> str:
    """The body of an error of ECS, ECR, Secrets Manager, ACM, WAF, Cloud Map, CloudWatch and its logs."""
    return json.dumps({"__type": code, "message": message})


def xml_error(code: str, message: str = "") -> str:
    """The body of an error of ELB, RDS, ElastiCache, IAM and Route 53."""
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


def ec2_error(code: str, message: str = "") -> str:
    """The body of an error of EC2."""
    return f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"


def s3_error(code: str, message: str = "") -> str:
    """The body of an error of S3."""
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


_IAM_ACTIONS = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "monitoring:GetMetricData": "cloudwatch:GetMetricData",
}
_SERVICES = (
    *("acm", "cloudwatch", "ec2", "ecr", "ecs", "elasticache", "elbv2", "iam", "logs", "rds"),
    *("route53", "s3", "secretsmanager", "servicediscovery", "wafv2"),
)


@pytest.fixture
def calls_made(account: Account) -> Counter[str]:
    """The API calls that the monitor's clients really make, by IAM action; retries are one call."""
    made: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:
        name = f"{model.service_model.signing_name}:{model.name}"
        made[_IAM_ACTIONS.get(name, name)] += 1

    for service in _SERVICES:
        aws_client(service, REGION).meta.events.register("before-call", count)
    return made
