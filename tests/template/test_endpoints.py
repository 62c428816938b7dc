"""endpoints.yaml: one list makes VPC endpoints, and none that nobody asked for."""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.moto_stack import REGION, client, moto, moto_stack
from tests.template.network_page import table
from tests.template.stack import ROOT, load_template, resource

FILE = ROOT / "endpoints.yaml"
SUBNETS = ("10.7.1.0/24", "10.7.2.0/24")
ASKED_FOR = ("secretsmanager", "ecr.api", "ecs")
BY_OTHER_WAYS = {"s3", "iam", "route53", "acm"}  # a gateway endpoint, endpoints in us-east-1 alone, and none at all


@pytest.fixture(scope="module")
def endpoints() -> Iterator[list[dict[str, Any]]]:
    """What a list of three makes in moto."""
    with moto():
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"] for block in SUBNETS]
        given = {
            "Services": ",".join(ASKED_FOR),
            "VpcId": vpc,
            "VpcCidr": "10.7.0.0/16",
            "SubnetIds": ",".join(subnets),
        }
        with moto_stack(load_template(FILE), given, "endpoints") as made:
            ids = [physical for logical, physical in made.items() if logical != "EndpointsSecurityGroup"]
            found: list[dict[str, Any]] = ec2.describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]
            assert all(each["SubnetIds"] == subnets for each in found)
            yield found


def test_endpoints__are_those_of_the_list(endpoints: list[dict[str, Any]]) -> None:
    """Also where one's name is the beginning of another's (ec2, ecs, ecr.api)."""
    assert {each["ServiceName"] for each in endpoints} == {f"com.amazonaws.{REGION}.{name}" for name in ASKED_FOR}


def test_endpoints__are_used_without_any_setting(endpoints: list[dict[str, Any]]) -> None:
    """With private DNS, in each of the monitor's subnets."""
    for each in endpoints:
        assert (each["VpcEndpointType"], each["PrivateDnsEnabled"], len(each["SubnetIds"])) == ("Interface", True, 2)


def test_endpoints__let_the_whole_vpc_in() -> None:
    """Private DNS leads the platform's own tasks there too: closed to them, it would cut them off from AWS."""
    group = load_template(FILE)["Resources"]["EndpointsSecurityGroup"]["Properties"]
    [ingress] = group["SecurityGroupIngress"]
    assert (ingress["FromPort"], ingress["ToPort"], ingress["CidrIp"]) == (443, 443, {"Ref": "VpcCidr"})


def test_names__are_those_of_the_network_page() -> None:
    """Each interface endpoint that it names can be asked for, and no other name is taken."""
    template = load_template(FILE)
    pattern = template["Parameters"]["Services"]["AllowedPattern"]
    interfaces = {name: row for name, row in table("Ways to the AWS APIs").items() if name not in BY_OTHER_WAYS}
    names = [row["VPC endpoint"].strip("`").removeprefix("com.amazonaws.<region>.") for row in interfaces.values()]
    assert re.fullmatch(pattern, ",".join(names))
    assert not re.fullmatch(pattern, "secretsmanager, ecs")
    assert not re.fullmatch(pattern, "ecrXapi")
    resources = template["Resources"].values()
    made = [each["Properties"]["ServiceName"] for each in resources if each["Type"] == "AWS::EC2::VPCEndpoint"]
    assert sorted(each["Fn::Sub"] for each in made) == sorted(
        f"com.amazonaws.${{AWS::Region}}.{name}" for name in names
    )


def test_stack__passes_the_list_on() -> None:
    """The template has its parameters from the monitor's own, and the S3 gateway its route tables."""
    nested = resource("ApiEndpointsStack")
    assert nested["TemplateURL"] == FILE.name
    assert set(nested["Parameters"]) == set(load_template(FILE)["Parameters"])
    gateway = resource("S3Endpoint")
    assert (gateway["VpcEndpointType"], gateway["RouteTableIds"]) == ("Gateway", {"Ref": "S3RouteTableIds"})


def test_file__is_valid() -> None:
    """cfn-lint finds nothing in it."""
    asked = [str(ROOT / ".venv-sam/bin/cfn-lint"), "--regions", "us-east-1", "--", str(FILE)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
