"""From facts to a target file that can be used: what is found, what is refused, and what is left out and said to be."""

import pytest
import yaml

from registry_monitor.discovery import DiscoveryError, Draft, Wish, discover, target_text
from registry_monitor.inventory.facts import Action, ServiceTarget
from registry_monitor.target import Target, parse_target
from tests.unit.discovery.platform import (
    CERTIFICATE,
    balancer,
    certificate,
    container,
    definition,
    denied,
    dns_name,
    facts,
    group,
    group_arn,
    listener,
    record,
    rule,
    service,
    variables,
)

GATEWAY, TRACKING = "shop-gateway-prod", "shop-tracking-prod"
PLAIN = {GATEWAY: definition(GATEWAY), TRACKING: definition(TRACKING)}


def drafted(wish: Wish | None = None, **more: object) -> tuple[Draft, Target]:
    """The draft, and the target that its text is."""
    draft = discover(facts(**more), wish or Wish())
    return draft, parse_target(target_text(draft), "test")


def refused(wish: Wish | None = None, **more: object) -> str:
    with pytest.raises(DiscoveryError) as error:
        discover(facts(**more), wish or Wish())
    return str(error.value)


def test_platform__is_found_whole() -> None:
    """A proxy is what users take; MLflow's own way is for deletions, by the API that stands below its prefix."""
    draft, target = drafted()
    assert (target.name, target.cluster, target.region) == ("shop-models", "Shop_Models", "eu-north-1")
    assert [(each.role, each.container_port, each.health_path) for each in target.services] == [
        ("gateway", 8080, "/up"),
        ("tracking", 8080, "/tracking/health"),
    ]
    assert {each.public_host for each in target.services} == {"models.shop.test"}
    assert target.mlflow.api_url == "https://models.shop.test/api/mlflow"
    assert target.mlflow.proxy == "gateway"
    assert target.mlflow.direct_url == "https://models.shop.test/tracking"
    assert target.mlflow.direct_api_path == "/ajax-api/2.0/mlflow"
    assert target.services[1].probe is not None
    assert target.services[1].probe.path == "/tracking/ajax-api/2.0/mlflow/experiments/search?max_results=1"
    assert {route.id: route.service for route in target.load_balancers[0].routes} == {
        "gateway-health": "gateway",
        "tracking-health": "tracking",
        "mlflow-api": "gateway",
        "mlflow-direct": "tracking",
    }
    assert [(each.id, each.url) for each in target.endpoints] == [
        ("gateway-health", "https://models.shop.test/up"),
        ("tracking-health", "https://models.shop.test/tracking/health"),
    ]
    assert target.artifacts_bucket == "shop-artifacts"
    assert draft.is_whole
    assert draft.look_over == (
        "mlflow.api_url: must be what users give to MLflow's client; other ways are https://models.shop.test/tracking",
    )


def test_text__says_of_each_value_that_was_found_where_it_comes_from() -> None:
    """And is YAML that has no words of AWS in it but as values and comments."""
    text = target_text(drafted()[0])
    told = {line.partition("#")[0].strip(): line.partition("#")[2].strip() for line in text.splitlines()}
    assert told["api_url: https://models.shop.test/api/mlflow"] == (
        "rule 20 of edge leads there to shop-gateway-prod: likely"
    )
    assert told["direct_api_path: /ajax-api/2.0/mlflow"] == "MLflow runs with --static-prefix /tracking: sure"
    assert told["service: tracking"] == "command 'mlflow server': sure"
    assert told["artifacts_bucket: shop-artifacts"] == "ARTIFACTS of shop-tracking-prod: sure"
    assert told["secret: registry-monitor/shop-models"].endswith("default")
    assert "# To fill in:" in text


def test_mlflow_alone__is_what_users_take() -> None:
    """No proxy: one way, whose API stands where MLflow's client looks for it."""
    draft, target = drafted(
        services=(service(TRACKING),),
        target_groups=(group(TRACKING),),
        listeners={"edge": (listener(rule(None, TRACKING)),)},
        certificates={CERTIFICATE: certificate("ml.shop.test")},
        records=denied("route53:ListHostedZones"),
    )
    assert (target.mlflow.api_url, target.mlflow.proxy, target.mlflow.direct_url) == (
        "https://ml.shop.test",
        None,
        None,
    )
    assert [route.id for route in target.mlflow.routes] == ["by-api-url"]
    assert target.services[0].probe is not None
    assert target.services[0].probe.path == "/api/2.0/mlflow/experiments/search?max_results=1"
    assert target.services[0].role == "shop-tracking-prod"
    assert target.load_balancers[0].hosts == ("ml.shop.test",)
    assert draft.unread == ("route53:ListHostedZones was denied: add route53:ListHostedZones to its policy",)


def test_rewritten_path__is_not_asked_of_tasks() -> None:
    """What the load balancer makes of a path is not what a task knows."""
    rules = (rule(10, TRACKING, "ml.shop.test", "/ml/*", transforms=({"Type": "url-rewrite"},)),)
    _, target = drafted(listeners={"edge": (listener(*rules),)}, records=())
    assert target.mlflow.api_url == "https://ml.shop.test/ml"
    assert target.services[1].probe is None


def test_two_load_balancers__each_serves_its_own() -> None:
    """With --host only what that host's load balancer serves, and MLflow, without which there is nothing to watch."""
    more = {
        "services": (service(GATEWAY), service(TRACKING), service("shop-keys-prod")),
        "target_groups": (group(GATEWAY), group(TRACKING, "inner"), group("shop-keys-prod", "inner")),
        "load_balancers": (balancer(), balancer("inner", scheme="internal")),
        "listeners": {
            "edge": (listener(rule(1, GATEWAY, "models.shop.test")),),
            "inner": (listener(rule(1, TRACKING, "ml.shop.test"), rule(2, "shop-keys-prod", "keys.shop.test")),),
        },
        "records": (),
    }
    draft, target = drafted(**more)
    assert {each.name: each.hosts for each in target.load_balancers} == {
        "edge": ("models.shop.test",),
        "inner": ("ml.shop.test", "keys.shop.test"),
    }
    assert any("inner is internal" in each for each in draft.look_over)
    assert target.mlflow.api_url == "https://ml.shop.test"
    draft, target = drafted(Wish("https://keys.shop.test"), **more)
    assert [each.name for each in target.services] == [TRACKING, "shop-keys-prod"]
    assert "service shop-gateway-prod: the load balancer of --host does not lead to it" in draft.left_out
    assert not draft.is_whole  # that host has no way to MLflow, and nothing is made up


def test_host_with_a_path__is_mlflows_address() -> None:
    """A person says it, and it stands."""
    _, target = drafted(Wish("https://models.shop.test/registry/"))
    assert target.mlflow.api_url == "https://models.shop.test/registry"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (
            Wish("https://elsewhere.test"),
            "no load balancer of the cluster serves elsewhere.test; the hosts seen are: edge: models.shop.test",
        ),
        (Wish("http://models.shop.test"), "expected https://HOST"),
        (Wish(mlflow="nobody"), "the cluster has no service nobody; it has shop-gateway-prod, shop-tracking-prod"),
    ],
)
def test_wrong_wish__is_refused_with_what_there_is(wish: Wish, told: str) -> None:
    assert told in refused(wish)


def test_no_mlflow__is_refused_with_what_was_seen() -> None:
    """Images and commands, and how to say which one it is."""
    services = (service("shop-gateway-prod"), service("shop-worker-prod"))
    told = refused(services=services, definitions={GATEWAY: definition(GATEWAY)})
    assert "shop-gateway-prod: image registry.test/app:1, command: that of its image" in told
    assert "shop-worker-prod: its task definition could not be read" in told
    assert "--mlflow SERVICE" in told


def test_several_mlflows__are_asked_about() -> None:
    commands = {
        name: definition(name, container(command=("sh", "-c", "mlflow server"))) for name in (GATEWAY, TRACKING)
    }
    assert "shop-gateway-prod (command 'mlflow server'); shop-tracking-prod" in refused(definitions=commands)
    _, target = drafted(Wish(mlflow=GATEWAY), definitions=commands)
    assert target.mlflow.service == "gateway"


@pytest.mark.parametrize(
    ("of_tracking", "source"),
    [
        (container(image="123.dkr.ecr.eu-north-1.amazonaws.com/team/mlflow-server@sha256:0"), "image mlflow-server"),
        (container(environment=variables(MLFLOW_BACKEND_STORE_URI="x")), "variable MLFLOW_BACKEND_STORE_URI"),
        (container(command=("gunicorn", "mlflow.server:app")), "command 'mlflow.server'"),
    ],
)
def test_signs_of_mlflow__are_told(of_tracking: object, source: str) -> None:
    """Also in a task of several containers; a client's own variables are none."""
    client = container("client", environment=variables(MLFLOW_TRACKING_URI="http://ml.test"))
    containers = {GATEWAY: definition(GATEWAY, client), TRACKING: definition(TRACKING, container("proxy"), of_tracking)}  # type: ignore[arg-type]
    draft, _ = drafted(definitions=containers)
    assert (draft.mlflow.role.value, draft.mlflow.role.source) == ("tracking", source)


def test_odd_services__are_left_out_and_said_to_be() -> None:
    """A worker without a load balancer, one behind a network load balancer, one that is scaled to none."""
    others = (
        service("shop-worker-prod", targets=()),
        service("shop-tcp-prod"),
        service("shop-idle-prod", desired=0),
        service("shop-gone-prod", status="INACTIVE"),
    )
    tcp = group("shop-tcp-prod", load_balancer_arns=("arn:aws:elasticloadbalancing:x:1:loadbalancer/net/tcp/1",))
    groups = (group(GATEWAY), group(TRACKING), tcp, group("shop-idle-prod"))
    draft, target = drafted(services=(service(GATEWAY), service(TRACKING), *others), target_groups=groups)
    assert [each.role for each in target.services] == ["gateway", "tracking"]
    assert draft.left_out[:3] == (
        "service shop-worker-prod: no Application Load Balancer leads to it",
        "service shop-tcp-prod: no Application Load Balancer leads to it",
        "service shop-idle-prod: it is scaled to 0 tasks",
    )
    assert "shop-gone-prod" not in target_text(draft)


def test_proxy_that_is_scaled_to_none__is_no_way_to_mlflow_and_looked_over() -> None:
    """MLflow's own way is what is left; where there is none, nothing is made up."""
    idle = (service(GATEWAY, desired=0), service(TRACKING))
    draft, target = drafted(services=idle)
    assert [each.name for each in target.services] == [TRACKING]
    assert (target.mlflow.api_url, target.mlflow.proxy) == ("https://models.shop.test/tracking", None)
    assert "service shop-gateway-prod: it is scaled to 0 tasks" in draft.left_out
    [told] = [each for each in draft.look_over if each.startswith("mlflow.proxy: ")]
    assert "shop-gateway-prod, which https://models.shop.test/api/mlflow leads to, is left out: it runs 0 tasks" in told
    alone = (listener(rule(20, GATEWAY, "models.shop.test", "/api/mlflow/*")),)
    draft, _ = drafted(services=idle, listeners={"edge": alone})
    assert not draft.is_whole
    _, named = drafted(Wish("https://models.shop.test/api/mlflow"), services=idle)
    assert (named.mlflow.api_url, named.mlflow.proxy) == ("https://models.shop.test/api/mlflow", None)


def test_several_containers_and_groups__the_port_is_that_behind_the_load_balancer() -> None:
    """A side-car's port is nobody's way in."""
    targets = (
        ServiceTarget(target_group_arn=group_arn("metrics"), container_name="side-car", container_port=9000),
        ServiceTarget(target_group_arn=group_arn(TRACKING), container_name="app", container_port=5000),
    )
    groups = (group(GATEWAY), group(TRACKING), group("metrics", load_balancer_arns=()))
    _, target = drafted(services=(service(GATEWAY), service(TRACKING, targets=targets)), target_groups=groups)
    assert target.services[1].container_port == 5000


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"protocol": "HTTPS"}, "its tasks speak HTTP1 over HTTPS"),
        ({"protocol_version": "GRPC"}, "its tasks speak GRPC over HTTP"),
        ({"health_check_port": "9000"}, "its health is asked on port 9000"),
    ],
)
def test_tasks_that_cannot_be_asked_as_users_do__are_closed(more: dict[str, str], why: str) -> None:
    """So that the first run tells no fault that is none."""
    draft, target = drafted(target_groups=(group(GATEWAY, **more), group(TRACKING)))
    assert target.closed_to_monitor == ("gateway",)
    assert f"gateway: {why}" in target_text(draft)
    assert "gateway" not in [each.description for each in draft.ingress]


@pytest.mark.parametrize(("matcher", "status"), [("204", 204), ("200,308", None), ("200-399", None), (None, None)])
def test_health__is_an_endpoint_where_its_right_status_is_known(matcher: str | None, status: int | None) -> None:
    draft, target = drafted(target_groups=(group(GATEWAY, matcher=matcher), group(TRACKING)))
    asked = [each.expect.status for each in target.endpoints if each.service == "gateway"]
    assert asked == ([] if status is None else [status])
    assert any(each.startswith("endpoint of gateway") for each in draft.left_out) == (status is None)


def test_internal_names__are_asked_from_inside() -> None:
    registry = "arn:aws:servicediscovery:eu-north-1:123456789012:service/srv-1"
    services = (service(GATEWAY, registry_arns=(registry,)), service(TRACKING))
    _, target = drafted(services=services, internal_names={registry: "gateway.shop.local"})
    [inside] = [each for each in target.endpoints if each.inside_vpc]
    assert inside.url == "http://gateway.shop.local:8080/up"


def test_login_before_a_service__is_no_endpoint() -> None:
    """Who has no session is sent to the login, and learns nothing of the service."""
    to_login = rule(
        5,
        GATEWAY,
        "models.shop.test",
        actions=(Action(kind="authenticate-oidc"), Action(kind="forward", target_groups={group_arn(GATEWAY): 1})),
    )
    _, target = drafted(listeners={"edge": (listener(to_login, rule(9, TRACKING, "ml.shop.test")),)}, records=())
    assert target.services[0].public_host is None
    assert [each.service for each in target.endpoints] == ["tracking"]


def test_denied_apis__are_told_and_all_else_is_found() -> None:
    """Without the rules no public address is known: no run is made before a person has named one."""
    draft, target = drafted(
        listeners={"edge": denied("elasticloadbalancing:DescribeRules")},
        caches=denied("elasticache:DescribeReplicationGroups"),
        definitions=PLAIN | {GATEWAY: denied("ecs:DescribeTaskDefinition")},
        services=(service(GATEWAY), service("shop-mlflow-prod")),
        target_groups=(group(GATEWAY), group("shop-mlflow-prod")),
    )
    assert target.mlflow.api_url == "https://fill-in.invalid"
    assert not draft.is_whole
    assert draft.mlflow.role.comment == "name of the service: likely"
    assert [reason.partition(" ")[0] for reason in draft.unread] == [
        "ecs:DescribeTaskDefinition",
        "elasticloadbalancing:DescribeRules",
        "elasticache:DescribeReplicationGroups",
    ]
    assert "no HTTPS listener" not in " ".join(draft.left_out)


@pytest.mark.parametrize(
    ("services", "told"),
    [
        (denied("ecs:ListServices"), "add ecs:ListServices to its policy"),
        (None, "there is no cluster Shop_Models in eu-north-1"),
        ((), "has no ACTIVE service"),
    ],
)
def test_nothing_to_go_on__is_refused(services: object, told: str) -> None:
    assert told in refused(services=services)


def test_plain_http__is_no_way_for_a_key() -> None:
    """A load balancer without TLS is told, and no address of it is taken."""
    draft, target = drafted(listeners={"edge": (listener(rule(None, TRACKING), port=80, protocol="HTTP"),)})
    assert (draft.is_whole, target.load_balancers) == (False, ())
    assert "load balancer edge: it has no HTTPS listener with a certificate on port 443" in draft.left_out


def test_names_that_are_alike__keep_roles_apart() -> None:
    names = ("mlflow", "mlflow-api")
    _, target = drafted(
        Wish(mlflow="mlflow"),
        services=tuple(service(name) for name in names),
        target_groups=tuple(group(name) for name in names),
        definitions={},
        listeners={"edge": (listener(rule(1, "mlflow", "ml.shop.test")),)},
        records=(record("ml.shop.test", dns_name("edge")),),
    )
    assert [each.role for each in target.services] == ["mlflow", "mlflow-api"]


def test_words_of_aws__stay_comments_and_values() -> None:
    """A name or a command cannot add a line to the file."""
    odd = container(command=("mlflow server\nkeys: {monitor: evil}", "\x85x: y"))
    draft, _ = drafted(
        definitions=PLAIN | {TRACKING: definition(TRACKING, odd)}, listeners={"edge": denied("a\nkeys: b")}
    )
    document = yaml.safe_load(target_text(draft))
    assert document["keys"]["monitor"] == "admin"
    assert "x" not in document


def test_mlflow_without_a_load_balancer__is_watched_and_said_to_be_so() -> None:
    """Behind a proxy alone it has no straight way, and its port stands in its command, or nowhere."""
    gateway = listener(rule(20, GATEWAY, "models.shop.test", "/api/mlflow/*"))
    alone = {
        "services": (service(GATEWAY), service(TRACKING, targets=())),
        "target_groups": (group(GATEWAY),),
        "listeners": {"edge": (gateway,)},
    }
    draft, target = drafted(**alone)
    assert target.services[1].container_port == 8080
    assert target.closed_to_monitor == ("tracking",)
    assert (target.mlflow.api_url, target.mlflow.direct_url) == ("https://models.shop.test/api/mlflow", None)
    assert any("stands behind no load balancer" in each for each in draft.look_over)
    assert any("cannot delete its models" in each for each in draft.look_over)
    portless = {TRACKING: definition(TRACKING, container(command=("mlflow", "server"), ports=()))}
    assert f"no port of {TRACKING} is known" in refused(**alone, definitions=portless)


def test_login_of_mlflows_own__is_how_the_key_is_sent() -> None:
    """A user and a password in one key, as HTTP Basic has them."""
    command = ("mlflow", "server", "--app-name", "basic-auth")
    draft, target = drafted(definitions=PLAIN | {TRACKING: definition(TRACKING, container(command=command))})
    assert target.keys.sent_as.is_basic
    assert target.keys.sent_as.encoding == "base64"
    assert '{"admin": "<user>:<password of the monitor>"}' in target_text(draft)
    assert target.mlflow.unknown_run.status == 403
    assert any(each.startswith("mlflow.unknown_run") for each in draft.look_over)
    other = drafted()[1]
    assert (other.keys.sent_as.is_basic, other.mlflow.unknown_run.status) == (False, 200)
