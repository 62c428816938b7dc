"""Looking addresses up: by ARN, by the ids that the AWS provider makes, by name, by the target file, or not at all."""

import json

import pytest

from registry_monitor.terraform import MappedResource, TerraformMap, TerraformMapError, parse_map

EC2 = "arn:aws:ec2:us-east-1:123456789012"
ECS, ELB = "arn:aws:ecs:us-east-1:123456789012", "arn:aws:elasticloadbalancing:us-east-1:123456789012"
RULE = f"{ELB}:listener-rule/app/registry/50dc6c/0467ef/ab12"
LISTENER = f"{ELB}:listener/app/registry/50dc6c/0467ef"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hokusai/app-AbCdEf"
ADDRESSES = {  # address -> id, ARN; as provider version 6 writes them
    'module.api["blue.x"].aws_lb_listener_rule.this[0]': (RULE, RULE),
    "module.edge.aws_lb_listener.https": (LISTENER, LISTENER),
    "module.edge.aws_alb.registry": (f"{ELB}:loadbalancer/app/registry/50dc6c",) * 2,
    "module.edge.aws_lb_target_group.api": (f"{ELB}:targetgroup/hokusai-reg-api/73e2d6",) * 2,
    "module.api.aws_ecs_service.this": (f"{ECS}:service/registry/api",) * 2,
    "aws_ecs_cluster.main": (f"{ECS}:cluster/registry",) * 2,
    "module.api.aws_ecs_task_definition.this": ("api", f"{ECS}:task-definition/api:92"),
    "aws_db_instance.mlflow": ("db-ABCDEFGHIJKL", "arn:aws:rds:us-east-1:123456789012:db:mlflow-development"),
    "aws_secretsmanager_secret.app": (SECRET, SECRET),
    "aws_secretsmanager_secret_version.app": (f"{SECRET}|terraform-1", SECRET),
    "aws_route.internet": ("r-rtb-0e026f18fe83325871080289494", None),
    "aws_network_acl_rule.deny": ("nacl-1629013207", None),
    "aws_vpc_security_group_ingress_rule.tasks": (
        "sgr-01",
        f"{EC2}:security-group-rule/sgr-01",
    ),
    "aws_iam_role_policy.artifacts": ("mlflow-task:artifacts", None),
    "aws_iam_role_policy_attachment.execution": ("api-execution-202508051234567890" + "00000001", None),
    "aws_route53_record.auth": ("Z0123456789ABC_auth.hokus.ai_A", None),
    "aws_route53_record.auth_ipv6": ("Z0123456789ABC_auth.hokus.ai_AAAA", None),
    "aws_cloudwatch_log_group.api": ("/ecs/api", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/api"),
    "aws_elasticache_replication_group.redis": ("hokusai-redis", "arn:aws:elasticache:us-east-1:123456789012:x"),
    "aws_s3_bucket.artifacts": ("hokusai-artifacts", "arn:aws:s3:::hokusai-artifacts"),
    "aws_servicequotas_service_quota.vcpu": ("fargate/L-3032A538", None),
    "aws_iam_role.a": ("same", None),
    "module.b.aws_iam_role.b": ("same", None),
}


def type_of(address: str) -> str:
    return next(part for part in address.split(".") if part.startswith("aws_"))


MAP = TerraformMap(
    resources=tuple(
        MappedResource(address=address, type=type_of(address), id=identifier, arn=arn)
        for address, (identifier, arn) in ADDRESSES.items()
    )
)


@pytest.mark.parametrize(
    "address", [each for each in ADDRESSES if "iam_role.a" not in each and "iam_role.b" not in each]
)
def test_id_or_arn__finds_the_exact_address(address: str) -> None:
    """Whatever AWS or the provider calls a resource, its own id and ARN lead to it."""
    for name in filter(None, ADDRESSES[address]):
        found = MAP.address_of(name, type_of(address).replace("aws_alb", "aws_lb"), of_target="aws_x.of_target")
        assert (found.address, found.found_in) == (address, "terraform map")


@pytest.mark.parametrize(
    ("name", "resource_type", "address"),
    [
        (f"{ECS}:task-definition/api:312", "aws_ecs_task_definition", "module.api.aws_ecs_task_definition.this"),
        ("api:312", "aws_ecs_task_definition", "module.api.aws_ecs_task_definition.this"),
        ("api", "aws_ecs_service", "module.api.aws_ecs_service.this"),
        ("registry/api", "aws_ecs_service", "module.api.aws_ecs_service.this"),
        ("registry", "aws_ecs_cluster", "aws_ecs_cluster.main"),
        ("registry", "aws_lb", "module.edge.aws_alb.registry"),
        ("hokusai-reg-api", "aws_lb_target_group", "module.edge.aws_lb_target_group.api"),
        ("mlflow-development", "aws_db_instance", "aws_db_instance.mlflow"),
        ("hokusai/app", "aws_secretsmanager_secret", "aws_secretsmanager_secret.app"),
        (SECRET[:-7], "aws_secretsmanager_secret_version", "aws_secretsmanager_secret_version.app"),
        ("rtb-0e026f18fe8332587_0.0.0.0/0", "aws_route", "aws_route.internet"),
        ("acl-1:100:6:false", "aws_network_acl_rule", "aws_network_acl_rule.deny"),
        ("acl-1:100:tcp:false", "aws_network_acl_rule", "aws_network_acl_rule.deny"),
        ("api-execution", "aws_iam_role_policy_attachment", "aws_iam_role_policy_attachment.execution"),
        ("auth.hokus.ai", "aws_route53_record", "aws_route53_record.auth"),
    ],
)
def test_name__finds_what_the_provider_calls_otherwise(name: str, resource_type: str, address: str) -> None:
    """What the inventory knows of a resource is enough, also where the provider makes an id of its own."""
    found = MAP.address_of(name, resource_type)
    assert (found.address, found.found_in) == (address, "terraform map")


def test_name_of_two__is_no_proof_of_either() -> None:
    """Two resources of one name are told apart by nobody: the target file's word comes before a guess."""
    assert MAP.address_of("same", "aws_iam_role").found_in == "resource type"
    assert MAP.address_of("same", "aws_iam_role", "aws_iam_role.mine").address == "aws_iam_role.mine"


@pytest.mark.parametrize("name", [None, "nobody", RULE])
def test_not_in_the_map__is_the_target_files_word(name: str | None) -> None:
    """A resource of another type does not answer in its place, not even one with the same ARN."""
    found = MAP.address_of(name, "aws_ecs_service", "module.api.aws_ecs_service.this")
    assert (found.address, found.found_in) == ("module.api.aws_ecs_service.this", "target file")


def test_absent_resource__is_told_in_the_module_of_its_neighbour() -> None:
    """A rule that is missing would stand beside the others; the answer says that this is how it was found."""
    found = MAP.address_of(None, "aws_lb_listener_rule", beside=("unknown", RULE, LISTENER))
    assert found.address == 'module.api["blue.x"].aws_lb_listener_rule'
    assert found.found_in == (
        'resource type, beside module.api["blue.x"].aws_lb_listener_rule.this[0] in the terraform map'
    )
    assert MAP.address_of(None, "aws_lb_listener_rule", beside=(LISTENER,)).address == (
        "module.edge.aws_lb_listener_rule"
    )


def test_neighbours_of_two_modules__tell_nothing() -> None:
    """One id in two modules leaves the type alone."""
    found = MAP.address_of(None, "aws_iam_role_policy", beside=("same",))
    assert (found.address, found.found_in) == ("aws_iam_role_policy", "resource type")


def test_no_map__leaves_the_type() -> None:
    """Without a map and without a word of the target file nothing is invented."""
    found = TerraformMap().address_of(RULE, "aws_lb_listener_rule", beside=(LISTENER,))
    assert (found.address, found.found_in) == ("aws_lb_listener_rule", "resource type")


def test_of_types__keeps_what_findings_name_under_either_name() -> None:
    """aws_alb is aws_lb."""
    kept = MAP.of_types(["aws_lb", "aws_route"])
    assert [each.address for each in kept.resources] == ["module.edge.aws_alb.registry", "aws_route.internet"]


def test_map__is_read_as_it_was_written() -> None:
    """The document that the command writes gives the same map."""
    text = json.dumps([each.model_dump() for each in MAP.resources])
    assert parse_map(text) == MAP
    assert parse_map("[]") == TerraformMap()


def test_wrong_map__is_told_with_all_problems_at_once() -> None:
    """Each problem names the resource and what was expected."""
    good = {"address": "aws_lb.a", "type": "aws_lb", "id": None, "arn": None}
    wrong = [
        good,
        good | {"address": "no address"},
        {"type": "aws_lb", "id": None, "arn": None},
        good | {"password": "fake-secret"},
        "fake-secret",
        good | {"arn": "fake-secret", "id": ["fake-secret"]},
    ]
    with pytest.raises(TerraformMapError) as caught:
        parse_map(json.dumps(wrong))
    assert str(caught.value).split("; ") == [
        "resource 1: address is not an address such as module.api.aws_ecs_service.this[0]",
        "resource 2 lacks address",
        "resource 3 has a key that is none of address, type, id, arn",
        "resource 4 is no object, expected one with address, type, id and arn",
        "resource 5: id is not a line of at most 2048 characters, or null",
        "resource 5: arn is not an ARN, or null",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fake-secret", "is not valid JSON; expected what the command terraform-map writes"),
        ("[" * 100_000, "is not valid JSON; expected what the command terraform-map writes"),
        (
            '{"version": 4, "outputs": "fake-secret"}',
            "is no list; expected what the command terraform-map",
        ),
        (json.dumps([0] * 25), "resource 0 is no object"),
    ],
)
def test_no_map_at_all__is_told_without_its_content(text: str, problem: str) -> None:
    """Somebody may have uploaded the state itself."""
    with pytest.raises(TerraformMapError) as caught:
        parse_map(text)
    assert str(caught.value).startswith(problem)
    assert "fake-secret" not in f"{caught.value!r}{caught.value.__cause__!r}"
