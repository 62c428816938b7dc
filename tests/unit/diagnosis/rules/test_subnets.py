"""Network ACLs, routes and endpoints: what lets packets through, and what does not."""

import pytest

from registry_monitor.diagnosis.rules import subnets
from registry_monitor.inventory.deep_facts import AclEntry, Network, NetworkAcl, Route, RouteTable, Subnet, VpcEndpoint
from tests.unit.diagnosis.platform import BALANCERS, ROLES, balancer, evidence_of, inventory, known, service

PUBLIC, PRIVATE = "subnet-public", "subnet-private"
BLOCKS = {PUBLIC: "10.0.0.0/24", PRIVATE: "10.0.1.0/24"}
EVERYTHING = "0.0.0.0/0"


def entry(
    number: int, *, out: bool, allows: bool, block: str = EVERYTHING, ports: tuple[int, int] | None = None
) -> AclEntry:
    first, last = ports or (None, None)
    return AclEntry(
        number=number,
        is_egress=out,
        allows=allows,
        protocol="6" if ports else "-1",
        block=block,
        from_port=first,
        to_port=last,
    )


OPEN = tuple(entry(100, out=out, allows=True) for out in (False, True))


def network(
    *denials: AclEntry, guarded: str = PRIVATE, routes: dict[str, str] | None = None, endpoints: tuple[str, ...] = ()
) -> Network:
    """Two subnets, each with an ACL and a route table of its own."""
    leads = {PUBLIC: "igw-1", PRIVATE: "nat-1"} | (routes or {})
    return Network(
        vpc="vpc-1",
        subnets=tuple(Subnet(id=each, zone="a", block=BLOCKS[each], free_addresses=9) for each in BLOCKS),
        acls=tuple(
            NetworkAcl(
                id=f"acl-{each}", name=each, subnets=(each,), entries=(*(denials if each == guarded else ()), *OPEN)
            )
            for each in BLOCKS
        ),
        route_tables=tuple(
            RouteTable(
                id=f"rtb-{each}", name=each, is_main=False, subnets=(each,),
                routes=(Route(destination=EVERYTHING, target=leads[each], state="active"),) if leads[each] else (),
            )
            for each in BLOCKS
        ),
        endpoints=tuple(
            VpcEndpoint(
                id=f"vpce-{each}", service=each, kind="Gateway" if each == "s3" else "Interface", state="available",
                route_tables=(f"rtb-{PRIVATE}",) if each == "s3" else (), subnets=(), security_groups=(),
            )
            for each in endpoints
        ),
        nat_gateways=(),
    )  # fmt: skip


def named(rule: object, told: Network) -> set[str]:
    balancers = tuple(balancer(name).model_copy(update={"subnets": (PUBLIC,)}) for name in BALANCERS.values())
    facts = inventory(
        services=[service(role, subnets=(PRIVATE,)) for role in ROLES],
        load_balancers=known(balancers),
        network=known(told),
    )
    return {f"{each.kind} {each.resource}" for each in rule(evidence_of(facts))}  # type: ignore[operator]


def test_open_network__has_no_suspect() -> None:
    """ACLs that allow, and routes to the internet and to a NAT gateway."""
    assert named(subnets.acls, network()) == set()
    assert named(subnets.routes, network()) == set()
    assert named(subnets.egress, network()) == set()


@pytest.mark.parametrize(
    "denial",
    [
        entry(90, out=False, allows=False, ports=(8001, 8001)),
        entry(90, out=True, allows=False, ports=(1024, 65535)),
        entry(90, out=True, allows=False, ports=(49152, 65535), block="10.0.0.0/16"),
    ],
    ids=["port", "answers", "some answers"],
)
def test_acl_that_drops_requests_or_answers__is_named(denial: AclEntry) -> None:
    """An ACL knows no connections: the way back has to be open as well."""
    assert named(subnets.acls, network(denial)) == {f"network-acl-blocks {PRIVATE}"}


def test_acl_whose_denial_comes_after__or_is_about_others__blocks_nothing() -> None:
    """The first entry that fits decides, and a closed port that nobody needs is no fault."""
    late = entry(200, out=False, allows=False)
    other = entry(90, out=False, allows=False, ports=(3389, 3389))
    assert named(subnets.acls, network(late, other)) == set()


def test_public_acl_that_drops_clients__is_named() -> None:
    """Port 443 of the load balancers' subnet."""
    denial = entry(90, out=False, allows=False, ports=(443, 443))
    assert named(subnets.acls, network(denial, guarded=PUBLIC)) == {f"network-acl-blocks {PUBLIC}"}


def test_missing_routes__are_named_with_what_they_should_lead_to() -> None:
    """Clients come by the internet gateway; MLflow goes to S3 by an endpoint or a NAT gateway."""
    closed = network(routes={PUBLIC: "nat-1", PRIVATE: ""})
    assert named(subnets.routes, closed) == {f"route-missing {PUBLIC} 0.0.0.0/0", f"route-missing {PRIVATE} s3"}
    assert named(subnets.routes, network(routes={PRIVATE: ""}, endpoints=("s3",))) == set()


def test_missing_endpoints__are_named_where_no_other_way_leads_out() -> None:
    """The image of a task comes from ECR, its log goes to CloudWatch."""
    closed = network(routes={PRIVATE: ""}, endpoints=("s3", "logs"))
    assert named(subnets.egress, closed) == {"egress-missing ecr"}
    assert named(subnets.egress, network(routes={PRIVATE: ""}, endpoints=("logs", "ecr.api", "ecr.dkr"))) == set()
