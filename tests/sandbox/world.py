"""The world: the platform's resources in AWS, healthy at first, and what a scenario needs to edit them.

The truth is in AWS (moto). ``World`` holds boto3 clients (``world.ecs``, ``world.elbv2`` ...), the ids of what it
created, and a few edits that take more than one call. Nothing happens by an edit alone: ``Sandbox.settle`` computes
what follows from it.
"""

import datetime as dt
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3

from tests.sandbox.addresses import Addresses
from tests.sandbox.aws.compute import create_compute, create_service
from tests.sandbox.aws.control_plane import ACCOUNT, ControlPlane
from tests.sandbox.aws.data_stores import create_data_stores
from tests.sandbox.aws.dns import create_dns, delete_record, set_record
from tests.sandbox.aws.endpoints import create_endpoints
from tests.sandbox.aws.fargate import Fargate
from tests.sandbox.aws.load_balancers import create_load_balancers, create_rule
from tests.sandbox.aws.metrics import Metrics
from tests.sandbox.aws.network import create_network
from tests.sandbox.aws.refusals import ALL, How
from tests.sandbox.aws.tasks import find_task
from tests.sandbox.certificates import Certificate, CertificateAuthority
from tests.sandbox.credentials import Secrets
from tests.sandbox.platform import Platform
from tests.sandbox.processes.database import Database
from tests.sandbox.services.auth import KeyTable

CREDENTIALS = {"aws_access_key_id": "fake-access-key-id", "aws_secret_access_key": "fake-secret-access-key"}
Json = dict[str, Any]


class World:
    """The platform's AWS account, built healthy."""

    database: Database  # the server itself, for what its administrator would do

    def __init__(
        self,
        control_plane: ControlPlane,
        platform: Platform,
        addresses: Addresses,
        authority: CertificateAuthority,
        secrets: Secrets,
    ) -> None:
        self.control_plane = control_plane
        self.platform = platform
        self.account = platform.account
        self.addresses = addresses
        self.authority = authority
        self.secrets = secrets
        self.certificates: dict[str, Certificate] = {}  # ACM ARN -> certificate, with the key that ACM hides
        self.vpc = ""
        self.public_subnets: list[str] = []  # one per zone: load balancers
        self.subnets: list[str] = []  # one per zone, private: tasks and data stores
        self.security_groups: dict[str, str] = {}  # short name -> id
        self.target_groups: dict[str, str] = {}  # role -> ARN
        self.registries: dict[str, str] = {}  # role -> ARN of the Cloud Map service
        self.keys = KeyTable()  # what the auth service knows: API key -> record
        self.monitor_bundle = authority.bundle  # whom the monitor trusts
        self.monitor_time_s: float | None = None  # how long the monitor may run, where that is not enough
        self.fargate = Fargate(platform.vcpu_quota)
        self.health_check_pace = 0.0  # 1.0: a new target's first checks take as long as on AWS
        self.hung_tasks: set[str] = set()  # ARNs of tasks whose process accepts connections and never answers
        self.settles_as_of = dt.timedelta(0)  # how long ago what the next settling brings about has happened
        self.settle: Callable[[], None] = lambda: None  # the sandbox's; for a fault that takes two steps
        self._session = boto3.Session(region_name=self.account.region, **CREDENTIALS)

    def build(self) -> None:
        """Create every resource of the healthy platform."""
        create_network(self)
        create_endpoints(self)
        create_load_balancers(self)
        create_dns(self)
        create_data_stores(self)
        self.store_settings = self.data_store_settings()
        self.metrics = Metrics(self)
        self.metrics.report()
        create_compute(self)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the world's account."""
        return self._session.client(service, endpoint_url=self.control_plane.url)

    ecs = cached_property(lambda self: self.client("ecs"))
    elbv2 = cached_property(lambda self: self.client("elbv2"))
    ec2 = cached_property(lambda self: self.client("ec2"))
    ecr = cached_property(lambda self: self.client("ecr"))
    rds = cached_property(lambda self: self.client("rds"))
    elasticache = cached_property(lambda self: self.client("elasticache"))
    s3 = cached_property(lambda self: self.client("s3"))
    secretsmanager = cached_property(lambda self: self.client("secretsmanager"))
    sns = cached_property(lambda self: self.client("sns"))
    servicediscovery = cached_property(lambda self: self.client("servicediscovery"))
    acm = cached_property(lambda self: self.client("acm"))
    iam = cached_property(lambda self: self.client("iam"))
    logs = cached_property(lambda self: self.client("logs"))
    route53 = cached_property(lambda self: self.client("route53"))
    wafv2 = cached_property(lambda self: self.client("wafv2"))
    cloudwatch = cached_property(lambda self: self.client("cloudwatch"))

    # What is there

    def data_store_settings(self) -> dict[str, str]:
        """Return the host names that AWS gave to the database and to Redis, and whether Redis is reached with TLS."""
        settings = {}
        if name := self.account.database:
            database = self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
            settings["database_host"] = database["Endpoint"]["Address"]
        if name := self.account.redis:
            groups = self.elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
            settings["redis_host"] = groups[0]["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
            settings["redis_tls"] = str(groups[0]["TransitEncryptionEnabled"]).lower()
        return settings

    def secret_reference(self, name_and_key: str) -> str:
        """Return the ``valueFrom`` of a task definition for "secret name:json key"."""
        name, key = name_and_key.split(":")
        return f"{self.secretsmanager.describe_secret(SecretId=name)['ARN']}:{key}::"

    def listener(self, load_balancer: str, port: int = 443) -> Json:
        """Return the description of a load balancer's listener."""
        arn = self.elbv2.describe_load_balancers(Names=[load_balancer])["LoadBalancers"][0]["LoadBalancerArn"]
        listeners: list[Json] = self.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        return next(listener for listener in listeners if listener["Port"] == port)

    def rules(self, load_balancer: str) -> dict[str, Json]:
        """Return the rules of a load balancer's HTTPS listener, by priority ("50", ..., "default")."""
        listener = self.listener(load_balancer)["ListenerArn"]
        rules: list[Json] = self.elbv2.describe_rules(ListenerArn=listener)["Rules"]
        return {rule["Priority"]: rule for rule in rules}

    def task_definition(self, role: str) -> Json:
        """Return the newest task definition of a service."""
        family = self.platform.service(role).name
        described: Json = self.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        return described

    # Edits that take more than one call

    def import_certificate(self, hosts: tuple[str, ...]) -> str:
        """Issue a certificate for ``hosts`` and import it into ACM; return its ARN."""
        certificate = self.authority.issue(hosts)
        imported = self.acm.import_certificate(
            Certificate=certificate.body, PrivateKey=certificate.private_key, CertificateChain=certificate.chain
        )
        self.certificates[imported["CertificateArn"]] = certificate
        arn: str = imported["CertificateArn"]
        return arn

    def deploy(self, role: str, change: Callable[[Json], None]) -> None:
        """Register a revision whose container definition ``change`` has edited in place, and deploy it."""
        definition = self.task_definition(role)
        change(definition["containerDefinitions"][0])
        kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
        registered = self.ecs.register_task_definition(
            containerDefinitions=definition["containerDefinitions"], **{key: definition[key] for key in kept}
        )
        revision = registered["taskDefinition"]["taskDefinitionArn"]
        self.ecs.update_service(cluster=self.account.cluster, service=definition["family"], taskDefinition=revision)

    def set_variable(self, role: str, name: str, value: str) -> None:
        """Deploy a revision with another value of one environment variable."""

        def change(container: Json) -> None:
            others = [pair for pair in container["environment"] if pair["name"] != name]
            container["environment"] = [*others, {"name": name, "value": value}]

        self.deploy(role, change)

    def delete_rule(self, load_balancer: str, priority: int) -> None:
        """Delete the rule with ``priority`` from a load balancer's HTTPS listener."""
        self.elbv2.delete_rule(RuleArn=self.rules(load_balancer)[str(priority)]["RuleArn"])

    def create_rule(self, load_balancer: str, priority: int) -> None:
        """Create the rule with ``priority`` of the healthy platform again."""
        described = next(item for item in self.platform.load_balancers if item.name == load_balancer)
        create_rule(self, load_balancer, next(rule for rule in described.rules if rule.priority == priority))

    def stop_tasks(self, role: str, stop_code: str = "UserInitiated") -> None:
        """Stop the running tasks of a service; ECS then replaces them. AWS itself has other codes to stop them with."""
        arns = self.ecs.list_tasks(cluster=self.account.cluster, serviceName=self.platform.service(role).name)[
            "taskArns"
        ]
        for arn in arns:
            self.ecs.stop_task(
                cluster=self.account.cluster, task=arn, reason="ECS is performing maintenance on the underlying host."
            )
            find_task(self, arn).stop_code = stop_code

    def create_service(self, role: str) -> None:
        """Create a service of the healthy platform again."""
        create_service(self, self.platform.service(role))

    def forget_service(self, role: str) -> None:
        """Make a service one that was never created: a deleted service stays INACTIVE, a missing one is no more."""
        name = self.platform.service(role).name
        self.ecs.delete_service(cluster=self.account.cluster, service=name, force=True)
        ecs = self.control_plane.backend("ecs")
        ecs.services = {key: service for key, service in ecs.services.items() if service.name != name}
        tasks = ecs.tasks.get(self.account.cluster, {})
        others = {arn: task for arn, task in tasks.items() if task.group != f"service:{name}"}
        ecs.tasks = ecs.tasks | {self.account.cluster: others}

    def set_record(self, host: str, load_balancer: str) -> None:
        """Lead a public host to a load balancer, by name, whatever it led to before."""
        set_record(self, host, load_balancer)

    def delete_record(self, host: str) -> None:
        """Delete the public record of a host."""
        delete_record(self, host)

    def set_metric(self, name: str, resource: str, value: float) -> None:
        """Let a metric of a service, the database or the cache cluster have ``value``: the last 15 minutes and on."""
        self.metrics.set(name, resource, value)

    def set_database_status(self, status: str) -> None:
        """Set the DB instance's status, which no API call can: moto only knows ``available`` and ``stopped``."""
        self.control_plane.backend("rds").databases[self.account.database].status = status

    def set_redis_status(self, status: str) -> None:
        """Set the replication group's status, which no API call can: moto only knows ``available``."""
        self.control_plane.backend("elasticache").replication_groups[self.account.redis].status = status

    def unset_variable(self, role: str, name: str) -> None:
        """Deploy a revision without one environment variable, or without one secret of that name."""

        def change(container: Json) -> None:
            for kind in ("environment", "secrets"):
                container[kind] = [pair for pair in container[kind] if pair["name"] != name]

        self.deploy(role, change)

    def present_certificate(
        self, load_balancer: str, hosts: tuple[str, ...], valid_for: dt.timedelta = dt.timedelta(days=90)
    ) -> None:
        """Let the HTTPS listener show a new certificate, in place of the one that it shows, which is deleted.

        One whose ``valid_for`` is negative has expired; ACM would refuse to import it.
        """
        listener = self.listener(load_balancer)
        replaced = listener["Certificates"][0]["CertificateArn"]
        arn = self.import_certificate(hosts)
        self.certificates[arn] = self.authority.issue(hosts, valid_for)
        self.control_plane.replace_certificate(arn, self.certificates[arn].body)
        self.elbv2.modify_listener(
            ListenerArn=listener["ListenerArn"],
            Certificates=[{"CertificateArn": arn}],
            DefaultActions=listener["DefaultActions"],
        )
        self.acm.delete_certificate(CertificateArn=replaced)
        del self.certificates[replaced]

    def task_role_session(self) -> dict[str, str]:
        """Return the environment of a session of the task role, as ECS gives its containers."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{self.account.task_role}"
        session = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="ecs")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def refuse(self, service: str, operation: str = ALL, how: How = "denied") -> None:
        """Refuse the monitor an operation of AWS (``refusals.py`` says how)."""
        self.control_plane.refusals.add(service, operation, how)

    def allow(self, service: str, operation: str = ALL) -> None:
        """Take a refusal back."""
        self.control_plane.refusals.remove(service, operation)

    def put_secret(self, name: str, **values: str) -> None:
        """Write a new version of a secret in which ``values`` are changed; running tasks keep what they have read."""
        text = self.secretsmanager.get_secret_value(SecretId=name)["SecretString"]
        self.secretsmanager.put_secret_value(SecretId=name, SecretString=json.dumps(json.loads(text) | values))
