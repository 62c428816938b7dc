"""What mends the monitor itself. Its own stack is a SAM template: Terraform has only what belongs to the platform."""

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.fixes.task_needs import interface_endpoint
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Effort, Fix
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Value, resource

_ALL = "python -m registry_monitor run"
_NO_ROWS = "Until then, read nothing of the platform out of this: what could not be asked is unknown, not broken."


def permitted(suspect: Suspect, evidence: Evidence) -> Fix:
    """One action more in the role of the function, or in that by which a platform of another account is read."""
    account = evidence.run.target.account
    name = f"assumed-role/{account.role_arn.rpartition('/')[2]}/" if account else None  # as AWS names who asked
    where = "the function's role in the monitor's template.yaml, and deploy it"
    if account and name and any(name in proof.told for proof in suspect.proofs):
        where = f"the platform's role {account.role_arn} (docs/cross-account.tf, or .yaml)"
    return Fix(
        told=f"Add {suspect.resource} to the policy of {where}.",
        verify=_ALL,
        caution=f"{_NO_ROWS} If the template has the action, a permission boundary or an organisation's policy "
        "denies it.",
    )


def api_reached(suspect: Suspect, evidence: Evidence) -> Fix:
    """An endpoint of that API where the monitor is, or a NAT gateway."""
    service = suspect.resource.partition(":")[0]
    return Fix(
        told=f"Give the monitor's subnets a way to the AWS API {service}: a route to a NAT gateway, or an endpoint "
        f"({_endpoint_parameter(service)} of the monitor's stack; docs/network.md has its name).",
        hcl=interface_endpoint(service, Subject(suspect, evidence), evidence),
        verify=_ALL,
        effort=Effort.HOURS,
        caution=f"{_NO_ROWS} The endpoint's security group must let the monitor's in on 443.",
    )


def _endpoint_parameter(service: str) -> str:
    return "the parameter S3RouteTableIds" if service == "s3" else "the parameter ApiEndpoints"


def throttled(suspect: Suspect, evidence: Evidence) -> Fix:
    """Time, and fewer askers."""
    return Fix(
        told=f"Wait for the next run; if AWS goes on throttling {suspect.resource}, see in CloudTrail who else asks "
        "so often.",
        verify=_ALL,
        caution=_NO_ROWS,
    )


def secret_given(suspect: Suspect, evidence: Evidence) -> Fix:
    """The secret with all its keys."""
    keys = evidence.run.target.keys
    names = ", ".join(keys.names) if keys else "the target's key names"
    return Fix(
        told=f"Create the secret {suspect.resource} as one JSON object with the keys {names}, or let the monitor's "
        "role read it.",
        verify=monitor(SuiteName.AUTHENTICATION),
        caution="Give it the monitor's own keys, never those of a user.",
    )


def key_replaced(suspect: Suspect, evidence: Evidence) -> Fix:
    """A new key in the place of the revoked one."""
    secret, _, key = suspect.resource.rpartition(" ")
    return Fix(
        told=f"Issue a new key for the monitor, and put it into the secret {secret or suspect.resource} under {key}; "
        "no deployment "
        "is needed.",
        verify=monitor(SuiteName.AUTHENTICATION),
        caution="The call put-secret-value replaces the whole JSON: give all its keys. The platform is not at fault: "
        "do not "
        "restart its "
        "services. While it lasts, faults behind the login are not seen.",
    )


def way_out(suspect: Suspect, evidence: Evidence) -> Fix:
    """The function's own egress, where its security group is known to be closed, or the list of who may come in."""
    hosts = ", ".join(host for each in evidence.run.target.load_balancers for host in each.hosts) or "the public hosts"
    return Fix(
        told=f"Let the monitor reach {hosts}: egress on 443 of its security group, a route from its subnets to a NAT "
        "gateway, "
        "and, where the load balancer lists its clients, that gateway's address.",
        hcl=_egress(suspect) if suspect.arn and suspect.confidence is Confidence.PROVEN else None,
        verify=monitor(SuiteName.INFRASTRUCTURE_HEALTH),
        effort=Effort.HOURS,
        caution="Users may be served well all the while: do not touch the platform for it.",
    )


def _egress(suspect: Suspect) -> str:
    """HTTPS to everywhere: what a load balancer's address is changes."""
    attributes: dict[str, Value] = {
        "security_group_id": suspect.arn,
        "cidr_ipv4": "0.0.0.0/0",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "description": "Public hosts and AWS",
    }
    return resource("aws_vpc_security_group_egress_rule", f"{suspect.resource}_https", attributes)


def names_resolved(suspect: Suspect, evidence: Evidence) -> Fix:
    """The VPC's own resolver."""
    return Fix(
        told="Switch on DNS support in the VPC of the monitor's stack (parameter VpcId), or mend the resolver that its "
        "DHCP options name.",
        hcl=resource("aws_vpc", "this", {"enable_dns_support": True, "enable_dns_hostnames": True}),
        verify=_ALL,
        caution="The platform's own tasks use the same resolver: look whether they fail too.",
    )


def clock_set(suspect: Suspect, evidence: Evidence) -> Fix:
    """The time of the machine."""
    return Fix(
        told="Set the clock of the machine on which the monitor runs, by NTP. On Lambda the clock is AWS's: there, "
        "start the function anew by a deployment.",
        verify="aws sts get-caller-identity",
        caution=f"{_NO_ROWS} Certificates are judged by the same clock.",
    )


def credentials_renewed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The role of the function, or the credentials of a terminal."""
    return Fix(
        told="Give the monitor credentials that AWS takes: on Lambda the role MonitorRole of its stack; elsewhere "
        "renew AWS_PROFILE or the AWS_* variables.",
        verify="aws sts get-caller-identity",
        caution=_NO_ROWS,
    )


def place_corrected(suspect: Suspect, evidence: Evidence) -> Fix:
    """Region and cluster of the target file, and the account of the stack."""
    return Fix(
        told="Correct region and cluster in the target file, or deploy the monitor's stack in the region and account "
        "of the platform (region in samconfig.toml; parameter ClusterName).",
        verify=_ALL,
        caution="Nothing is missing of the platform: create nothing.",
    )


def trust_renewed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The bundle of authorities."""
    return Fix(
        told="Take REQUESTS_CA_BUNDLE out of the function's environment, or renew the bundle that it names; then "
        "deploy.",
        verify=monitor(SuiteName.INFRASTRUCTURE_HEALTH),
        caution="Do not switch verification off: the monitor would send its keys to whoever answers.",
    )


def time_given(suspect: Suspect, evidence: Evidence) -> Fix:
    """More time, once it is known what took it."""
    return Fix(
        told=f"Mend first what hangs; only if a healthy platform takes as long, raise Timeout of {suspect.resource} "
        "in the "
        "monitor's template.yaml.",
        verify=_ALL,
        caution=_NO_ROWS,
    )
