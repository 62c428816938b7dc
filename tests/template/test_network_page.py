"""docs/network.md names the calls that the function's role allows, and the hosts that its target names."""

from urllib.parse import urlsplit

from registry_monitor.target import load_target
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.network_page import PAGE, table
from tests.template.stack import load_template, resource


def test_calls__are_those_that_the_role_allows() -> None:
    """A permission that nobody finds on the page does not exist, and nothing on it is denied."""
    policies = [*resource("MonitorRole")["Policies"], resource("TerraformMapPolicy"), resource("PlatformRolesPolicy")]
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    allowed = {
        action
        for each in statements
        if each["Effect"] == "Allow"
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert set(table("AWS APIs")) == allowed - set(LAMBDAS_OWN)


def test_ways__name_an_endpoint_for_each_api() -> None:
    """Each service that is called has its way, and no other."""
    ways = table("Ways to the AWS APIs")
    assert set(ways) == {call.partition(":")[0] for call in table("AWS APIs")}
    assert [name for name, row in ways.items() if row["Kind"] == "gateway"] == ["s3"]
    interfaces = [name for name, row in ways.items() if row["Kind"].startswith("interface")]
    assert all(ways[name]["A month, for each zone"] == "$7.30" for name in interfaces)
    assert f"All {len(interfaces)} interface endpoints in two zones are" in _text()
    assert f"${len(interfaces) * 2 * 7.30:.2f} a month" in _text()


def test_light_runs__need_as_many_endpoints_as_the_page_says() -> None:
    """The sum in the text follows from the table."""
    light = {call.partition(":")[0] for call, row in table("AWS APIs").items() if row["Light"] == "yes"}
    assert light == {"secretsmanager", "ecs", "elasticloadbalancing", "s3"}
    assert "three interface endpoints and the gateway are enough" in _text()


def test_hosts__are_those_of_the_target() -> None:
    """Public hosts, internal names and the ports of tasks; of the stores AWS tells the names."""
    target = load_target(load_template()["Parameters"]["TargetName"]["Default"])
    public = {f"{host}:443" for balancer in target.load_balancers for host in balancer.hosts}
    inside = {urlsplit(endpoint.url).netloc for endpoint in target.endpoints if endpoint.inside_vpc}
    tasks = {f"task:{service.container_port}" for service in target.services}
    assert set(table("Hosts")) == public | inside | tasks | {"load-balancer:443", "redis:6379", "database:5432"}


def _text() -> str:
    return " ".join((PAGE.read_text(encoding="utf-8")).split())
