"""An account with everything that is read in depth, beside the small one: a cluster of its own, two load balancers."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.target import Database, Keys, LoadBalancer, Mlflow, Redis, Service, Target
from tests.unit.inventory.conftest import REGION, ROLES, Account

TIME_S = 20.0  # far more than moto needs
ACCOUNT_ID = "123456789012"
CLUSTER = "deep"
HOSTS = ("auth.deep.test", "registry.deep.test")
IMAGES = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
TASK_ROLE, EXECUTION_ROLE, ROLE_GONE = (
    f"arn:aws:iam::{ACCOUNT_ID}:role/{name}" for name in ("deep-task", "deep-execution", "deep-gone")
)
BUCKETS = "deep-artifacts", "deep-plain", "deep-nowhere"
SECRET_GONE = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:deep-gone-AbCdEf"


@dataclass
class DeepAccount:
    """What tests need to know of what was created."""

    account: Account
    groups: dict[str, str] = field(default_factory=dict)  # security groups by name
    definitions: dict[str, str] = field(default_factory=dict)  # role -> ARN of the newest revision
    certificate: str = ""
    secret: str = ""
    balancers: dict[str, str] = field(default_factory=dict)  # name -> ARN

    @property
    def target(self) -> Target:
        """The target of this account."""
        return Target(
            name="deep",
            region=REGION,
            cluster=CLUSTER,
            keys=Keys(secret="deep-keys", names=("admin",), monitor="admin"),
            services=tuple(Service(role=role, name=f"deep-{role}", container_port=8000) for role in ROLES),
            load_balancers=tuple(
                LoadBalancer(name=f"deep-{number}", hosts=(host,)) for number, host in enumerate(HOSTS)
            ),
            mlflow=Mlflow(service="mlflow", api_url="https://registry.deep.test/mlflow", experiment="e", model="m"),
            redis=Redis(replication_group="deep-cache"),
            database=Database(instance="deep-db"),
            artifacts_bucket=BUCKETS[0],
        )

    def build(self) -> None:
        """Create everything."""
        self._create_security_groups()
        self._create_edge()
        self._create_task_needs()
        self._create_data_stores()
        self._create_buckets()
        ecs = self.account.client("ecs")
        ecs.create_cluster(clusterName=CLUSTER)
        for role in ROLES:
            for tag in ("1", "2"):
                self.definitions[role] = self._register(role, tag)
            self._create_service(role)
        self._create_log()
        self._stop_a_task()

    @property
    def _network(self) -> dict[str, Any]:
        network = {"subnets": self.account.subnets, "securityGroups": [self.groups["tasks"]]}
        return {"awsvpcConfiguration": network}

    def _create_security_groups(self) -> None:
        ec2 = self.account.client("ec2")
        for name in ("alb", "tasks", "stores", "office"):
            created = ec2.create_security_group(GroupName=f"deep-{name}", Description="any", VpcId=self.account.vpc)
            self.groups[name] = created["GroupId"]
        for name, port, source in (("tasks", 8000, "alb"), ("stores", 5432, "tasks"), ("alb", 8443, "office")):
            pair = {"GroupId": self.groups[source]}
            allowed = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [pair]}
            ec2.authorize_security_group_ingress(GroupId=self.groups[name], IpPermissions=[allowed])

    def _create_edge(self) -> None:
        """Load balancers, each with two listeners, their certificate, and the records of their hosts."""
        elbv2, route53 = self.account.client("elbv2"), self.account.client("route53")
        requested = self.account.client("acm").request_certificate(
            DomainName="*.deep.test", SubjectAlternativeNames=["deep.test"]
        )
        self.certificate = requested["CertificateArn"]
        zone = route53.create_hosted_zone(Name="deep.test", CallerReference="deep")["HostedZone"]["Id"]
        route53.create_hosted_zone(Name="another.test", CallerReference="another")
        fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        for number, host in enumerate(HOSTS):
            [balancer] = elbv2.create_load_balancer(
                Name=f"deep-{number}", Subnets=self.account.subnets, SecurityGroups=[self.groups["alb"]]
            )["LoadBalancers"]
            arn = self.balancers[f"deep-{number}"] = balancer["LoadBalancerArn"]
            elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=fixed)
            certificates = [{"CertificateArn": self.certificate}]
            elbv2.create_listener(
                LoadBalancerArn=arn, Protocol="HTTPS", Port=443, DefaultActions=fixed, Certificates=certificates
            )
            alias = {
                "HostedZoneId": "Z3Q77PNBQS71R4",
                "DNSName": f"dualstack.{balancer['DNSName']}.",
                "EvaluateTargetHealth": False,
            }
            _create_record(route53, zone, {"Name": host, "Type": "A", "AliasTarget": alias})
        wildcard = {"Name": "*.deep.test", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "parked.test."}]}
        _create_record(route53, zone, wildcard)

    def _create_task_needs(self) -> None:
        """One service's image, another's repository without it; secrets, one of them to be deleted; roles; a log."""
        ecr, secrets, iam = (self.account.client(name) for name in ("ecr", "secretsmanager", "iam"))
        for role in ("auth", "api"):
            ecr.create_repository(repositoryName=f"deep-{role}")
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": []})
        ecr.put_image(repositoryName="deep-auth", imageManifest=manifest, imageTag="2")
        self.secret = secrets.create_secret(Name="deep-stores", SecretString="{}")["ARN"]
        secrets.create_secret(Name="deep-keys", SecretString="{}")
        secrets.delete_secret(SecretId="deep-keys", RecoveryWindowInDays=7)
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        for name in ("deep-task", "deep-execution"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        may_write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::deep-artifacts/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [may_write]})
        iam.put_role_policy(RoleName="deep-task", PolicyName="artifacts", PolicyDocument=document)
        may_read = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*", "Condition": {"Bool": {"any": "true"}}}
        document = json.dumps({"Version": "2012-10-17", "Statement": may_read})
        policy = iam.create_policy(PolicyName="deep-reading", PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="deep-execution", PolicyArn=policy)

    def _create_buckets(self) -> None:
        """One with a policy of its own, and one without."""
        s3 = self.account.client("s3")
        for name in BUCKETS[:2]:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        about = {"Effect": "Deny", "Resource": f"arn:aws:s3:::{BUCKETS[0]}/*"}
        denied = {**about, "Principal": {"AWS": [TASK_ROLE, EXECUTION_ROLE]}, "Action": "s3:GetObject"}
        without_tls = {"Bool": {"aws:SecureTransport": "false"}}
        kept = {**about, "Principal": "*", "Action": "s3:*", "Condition": without_tls}
        document = json.dumps({"Version": "2012-10-17", "Statement": [denied, kept]})
        s3.put_bucket_policy(Bucket=BUCKETS[0], Policy=document)

    def with_artifacts(self, bucket: str) -> Target:
        """The target, with another bucket for its artifacts."""
        return self.target.model_copy(update={"artifacts_bucket": bucket})

    def _create_log(self) -> None:
        """Of one service: 60 lines of the last minute, in two streams."""
        logs, now_ms = self.account.client("logs"), round(time.time() * 1000)
        logs.create_log_group(logGroupName="/ecs/deep-auth")
        for stream, numbers in (("ecs/auth/1", range(0, 60, 2)), ("ecs/auth/2", range(1, 60, 2))):
            logs.create_log_stream(logGroupName="/ecs/deep-auth", logStreamName=stream)
            events = [{"timestamp": now_ms - 60_000 + number, "message": f"line {number}\n"} for number in numbers]
            logs.put_log_events(logGroupName="/ecs/deep-auth", logStreamName=stream, logEvents=events)

    def _stop_a_task(self) -> None:
        ecs = self.account.client("ecs")
        ran = ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=self.definitions["auth"],
            launchType="FARGATE",
            group="service:deep-auth",
            networkConfiguration=self._network,
        )
        ecs.stop_task(cluster=CLUSTER, task=ran["tasks"][0]["taskArn"], reason="Task failed container health checks")

    def _create_data_stores(self) -> None:
        self.account.client("rds").create_db_instance(
            DBInstanceIdentifier="deep-db",
            Engine="postgres",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage=20,
            MasterUsername="any",
            MasterUserPassword="fake-password",
            VpcSecurityGroupIds=[self.groups["stores"]],
        )
        self.account.client("elasticache").create_replication_group(
            ReplicationGroupId="deep-cache",
            ReplicationGroupDescription="any",
            NumCacheClusters=1,
            CacheNodeType="cache.t3.micro",
            Engine="redis",
        )

    def _register(self, role: str, tag: str) -> str:
        container = {
            "name": role,
            "image": f"{IMAGES}/deep-{role}:{tag}",
            "memory": 256,
            "secrets": [
                {"name": "DB_URL", "valueFrom": f"{self.secret}:url::"},
                {"name": "REDIS_URL", "valueFrom": SECRET_GONE},
                {"name": "PARAMETER", "valueFrom": "a-parameter-of-ssm"},
            ],
            "environment": [{"name": "TAG", "value": tag}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": f"/ecs/deep-{role}", "awslogs-stream-prefix": "ecs"},
            },
        }
        registered = self.account.client("ecs").register_task_definition(
            family=f"deep-{role}",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            taskRoleArn=ROLE_GONE if role == "mlflow" else TASK_ROLE,
            executionRoleArn=EXECUTION_ROLE,
            containerDefinitions=[container],
        )
        arn: str = registered["taskDefinition"]["taskDefinitionArn"]
        return arn

    def _create_service(self, role: str) -> None:
        elbv2 = self.account.client("elbv2")
        [group] = elbv2.create_target_group(
            Name=f"deep-{role}", Protocol="HTTP", Port=8000, VpcId=self.account.vpc, TargetType="ip"
        )["TargetGroups"]
        self.account.client("ecs").create_service(
            cluster=CLUSTER,
            serviceName=f"deep-{role}",
            taskDefinition=self.definitions[role],
            desiredCount=1,
            loadBalancers=[{"targetGroupArn": group["TargetGroupArn"], "containerName": role, "containerPort": 8000}],
            networkConfiguration=self._network,
        )


def _create_record(route53: Any, zone: str, record: dict[str, Any]) -> None:
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)


def read(target: Target, *failing: str) -> Inventory:
    """The snapshot of a run that waited for everything in depth."""
    reader = InventoryReader(target)
    reader.start()
    reader.begin_depth(failing)
    reader.depth(TIME_S)
    return reader.snapshot()
