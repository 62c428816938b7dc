"""The Terraform address of what is at fault: from the map, else from the target file, else its type alone."""

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Terraform
from registry_monitor.terraform import TerraformMap


def terraform_of(suspect: Suspect, evidence: Evidence) -> Terraform | None:
    """The address of the resource that mends a suspect; None where no Terraform does."""
    kind = CAUSES[suspect.kind].terraform
    if kind is None:
        return None
    resources = evidence.read(evidence.run.inventory.terraform_map) or TerraformMap()
    known = _known_as(suspect, kind, evidence)
    return resources.address_of(known, kind, _in_target(suspect, kind, evidence), beside=(known,) if known else ())


def _known_as(suspect: Suspect, kind: str, evidence: Evidence) -> str | None:
    """The ARN, id or name by which Terraform may know it."""
    service = evidence.services.get(suspect.service or "")
    if kind == "aws_ecs_task_definition" and service is not None:
        return service.task_definition
    if kind == "aws_ecs_service" and suspect.service in evidence.roles:
        return service.arn if service else evidence.roles[suspect.service].name
    return suspect.arn or suspect.resource.partition(" ")[0].partition(":")[0] or None


def _in_target(suspect: Suspect, kind: str, evidence: Evidence) -> str | None:
    """The address that the target file has for it."""
    target = evidence.run.target
    name = suspect.resource.partition(" ")[0].partition(":")[0]
    match kind:
        case "aws_ecs_service" if suspect.service in evidence.roles:
            return evidence.roles[suspect.service].terraform
        case "aws_lb":
            return next((each.terraform for each in target.load_balancers if each.name == name), None)
        case "aws_elasticache_replication_group":
            return target.redis.terraform if target.redis else None
        case "aws_db_instance":
            return target.database.terraform if target.database else None
        case "aws_s3_bucket":
            return target.artifacts_bucket_terraform
    return None
