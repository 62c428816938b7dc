"""Records of Route 53, and certificates of ACM."""

from tests.diagnosis.fixing.outcomes import RefusedError
from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.world import Json, World


def record(resource: Resource) -> Attributes:
    """Write a record, whatever it was: its name and its values, or what it is an alias of."""
    resource.takes_only("zone_id", "name", "type", "alias", "ttl", "records", "allow_overwrite")
    wanted: Json = {"Name": resource.required("name"), "Type": resource.required("type")}
    for alias in resource.inner("alias"):
        wanted["AliasTarget"] = {
            "HostedZoneId": alias.values["zone_id"],
            "DNSName": alias.values["name"],
            "EvaluateTargetHealth": alias.values["evaluate_target_health"],
        }
    if "records" in resource.values:
        wanted["TTL"] = resource.required("ttl")
        wanted["ResourceRecords"] = [{"Value": value} for value in resource.values["records"]]
    resource.world.route53.change_resource_record_sets(
        HostedZoneId=resource.required("zone_id"),
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]},
    )
    return {"name": wanted["Name"], "fqdn": wanted["Name"]}


def certificate(resource: Resource) -> Attributes:
    """Request a certificate, which is not issued yet."""
    resource.takes_only("domain_name", "subject_alternative_names", "validation_method")
    hosts = [resource.required("domain_name"), *resource.values.get("subject_alternative_names", [])]
    requested = resource.world.acm.request_certificate(
        DomainName=hosts[0], SubjectAlternativeNames=hosts, ValidationMethod=resource.required("validation_method")
    )
    arn = requested["CertificateArn"]
    options = [
        {
            "domain_name": option["DomainName"],
            "resource_record_name": option["ResourceRecord"]["Name"],
            "resource_record_type": option["ResourceRecord"]["Type"],
            "resource_record_value": option["ResourceRecord"]["Value"],
        }
        for option in _validations(resource.world, arn)
    ]
    return {"arn": arn, "domain_validation_options": options}


def validation(resource: Resource) -> Attributes:
    """Wait until a certificate is issued: ACM does that as soon as it finds the records that it asks for."""
    resource.takes_only("certificate_arn", "validation_record_fqdns")
    world, arn = resource.world, resource.required("certificate_arn")
    there = {(record["Name"], value) for record in _records(world) for value in _values(record)}
    for option in _validations(world, arn):
        asked = option["ResourceRecord"]
        if (asked["Name"], asked["Value"]) not in there:
            raise RefusedError(f"ACM never finds the record that validates {option['DomainName']}")
    described = world.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    issued = world.authority.issue(tuple(described["SubjectAlternativeNames"]))
    world.certificates[arn] = issued
    world.control_plane.replace_certificate(arn, issued.body)
    world.control_plane.backend("acm")._certificates[arn].status = "ISSUED"
    return {"certificate_arn": arn}


def _validations(world: World, arn: str) -> list[Json]:
    described = world.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    options: list[Json] = described["DomainValidationOptions"]
    return options


def _records(world: World) -> list[Json]:
    return [
        record
        for zone in world.route53.list_hosted_zones()["HostedZones"]
        for record in world.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    ]


def _values(record: Json) -> list[str]:
    return [each["Value"] for each in record.get("ResourceRecords", [])]
