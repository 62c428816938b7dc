"""How the platform is reached, in depth: groups, the VPC, names, certificates and web ACLs, as moto has them."""

from registry_monitor.inventory.facts import Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.target import LoadBalancer
from tests.unit.inventory.conftest import Answer, json_error, xml_error
from tests.unit.inventory.depth.deep_account import (
    HOSTS,
    TIME_S,
    DeepAccount,
    read,
)


def test_security_groups__and_those_that_they_let_in(deep: DeepAccount) -> None:
    """Those of tasks, load balancers and stores, and the group that only a rule names."""
    inventory = read(deep.target)
    assert inventory.security_groups is not None
    groups = {group.name: group for group in known(inventory.security_groups)}
    assert set(groups) == {"deep-alb", "deep-tasks", "deep-stores", "deep-office"}
    [rule] = groups["deep-tasks"].ingress
    assert (rule.protocol, rule.from_port, rule.to_port) == ("tcp", 8000, 8000)
    assert (rule.groups, rule.blocks) == ((deep.groups["alb"],), ())
    assert groups["deep-tasks"].egress[0].blocks == ("0.0.0.0/0",)


def test_network__of_the_load_balancers(deep: DeepAccount) -> None:
    """The VPC is told with its subnets, ACLs and routes."""
    inventory = read(deep.target)
    assert inventory.network is not None
    network = known(inventory.network)
    assert network.vpc == deep.account.vpc
    assert {subnet.id for subnet in network.subnets} == set(deep.account.subnets)
    [acl] = network.acls
    assert [(entry.number, entry.is_egress, entry.allows) for entry in acl.entries] == [
        (100, False, True),
        (32767, False, False),
        (100, True, True),
        (32767, True, False),
    ]
    [table] = network.route_tables
    assert (table.is_main, table.routes[0].target) == (True, "local")


def test_depth__without_load_balancers(deep: DeepAccount) -> None:
    """Where AWS does not have the load balancer, the tasks' subnets tell the VPC, and there is no web ACL."""
    gone = LoadBalancer(name="gone", hosts=(HOSTS[0],))
    inventory = read(deep.target.model_copy(update={"load_balancers": (gone,)}))
    assert inventory.network is not None
    assert known(inventory.network).vpc == deep.account.vpc
    assert known(inventory.firewalls["gone"]) is None


def test_host_records__of_each_host(deep: DeepAccount) -> None:
    """The alias of the host and the wildcard above it are told, with their targets as plain names."""
    inventory = read(deep.target)
    assert set(inventory.host_records) == set(HOSTS)
    told = known(inventory.host_records[HOSTS[0]])
    assert (told.zones, told.private_zones) == (("deep.test",), ())
    records = {record.name: record for record in told.records}
    assert set(records) == {HOSTS[0], "*.deep.test"}
    [balancer] = [each for each in known(inventory.load_balancers) if each.name == "deep-0"]
    assert records[HOSTS[0]].values == (balancer.dns_name.lower(),)
    assert (records["*.deep.test"].kind, records["*.deep.test"].values) == ("CNAME", ("parked.test",))


def test_certificates__of_the_listeners(deep: DeepAccount) -> None:
    """A listener's certificate is told with its names."""
    certificate = known(read(deep.target).certificates[deep.certificate])
    assert certificate is not None
    assert certificate.names == ("*.deep.test", "deep.test")
    assert certificate.status in ("PENDING_VALIDATION", "ISSUED")


def test_firewalls__of_each_load_balancer(deep: DeepAccount, answer_instead: Answer) -> None:
    """A web ACL is told by its name, and that there is none is a fact."""
    assert {name: known(fact) for name, fact in read(deep.target).firewalls.items()} == {"deep-0": None, "deep-1": None}
    answer_instead("wafv2", "GetWebACLForResource", 200, '{"WebACL": {"Name": "strict", "Id": "1", "ARN": "arn:acl"}}')
    assert known(read(deep.target).firewalls["deep-0"]) == "strict"


def test_certificates__one_deleted(deep: DeepAccount, answer_instead: Answer) -> None:
    """A certificate that ACM does not have is absent."""
    answer_instead("acm", "DescribeCertificate", 400, json_error("ResourceNotFoundException"))
    assert known(read(deep.target).certificates[deep.certificate]) is None


def test_cache__with_the_groups_of_its_first_member(deep: DeepAccount, answer_instead: Answer) -> None:
    """A cache has the security groups of its clusters; while a cluster is replaced, none is known."""
    reader = InventoryReader(deep.target)
    replaced = known(reader.cache("deep-cache", TIME_S))
    assert replaced is not None and replaced.security_groups == ()
    group = "<member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member>"
    cluster = f"<CacheCluster><SecurityGroups>{group}</SecurityGroups></CacheCluster>"
    result = f"<DescribeCacheClustersResult><CacheClusters>{cluster}</CacheClusters></DescribeCacheClustersResult>"
    body = f"<DescribeCacheClustersResponse>{result}</DescribeCacheClustersResponse>"
    answer_instead("elasticache", "DescribeCacheClusters", 200, body)
    told = known(InventoryReader(deep.target).cache("deep-cache", TIME_S))
    assert told is not None and told.security_groups == ("sg-1",)


def test_cache__whose_clusters_are_denied(deep: DeepAccount, answer_instead: Answer) -> None:
    """The call that was denied is named."""
    answer_instead("elasticache", "DescribeCacheClusters", 403, xml_error("AccessDenied"))
    told = InventoryReader(deep.target).cache("deep-cache", TIME_S)
    assert isinstance(told, Unknown)
    assert told.reason.startswith("elasticache:DescribeCacheClusters was denied to the monitor's role")
