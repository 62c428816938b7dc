"""Fixes of containers: what the newest revision has wrong, and the way back to the one before."""

from typing import Any

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.finding import Proof
from registry_monitor.model import Result, Status
from tests.unit.diagnosis.evidence_of import API, AUTH, MLFLOW, suspect_of
from tests.unit.diagnosis.fixes.terraform_reader import read
from tests.unit.diagnosis.platform import (
    definition,
    evidence_of,
    inventory,
    known,
    result,
    variable,
)


def revisions(role: str, *, now: dict[str, Any], before: dict[str, Any], results: tuple[Result, ...] = ()) -> Evidence:
    """A service whose container is otherwise in its newest revision than in the one before."""
    arn = f"arn:task/{role}:2"
    return evidence_of(
        inventory(
            task_definitions={arn: known(definition(role, **now))},
            previous_definitions={arn: known(definition(role, revision=1, **before))},
        ),
        *results,
    )


def asked_inside(role: str, url: str) -> Result:
    """A check that asked a service by its internal name."""
    return result(f"infrastructure_health.endpoint.{role}-internal", Status.PASS, role, url)


def change(hcl: str | None) -> dict[str, Any]:
    """What the Terraform changes of the container."""
    [block] = read(hcl or "")
    [changed] = block.values["container_definitions"]
    return changed


def test_missing_image__goes_back_to_the_one_that_ran() -> None:
    """The revision before has another image: it is named, with the command that deploys it."""
    old = "1.dkr.ecr.us-east-1.amazonaws.com/registry/api:6"
    evidence = revisions("api", now={}, before={"image": old})
    fix = fix_of(suspect_of("container-image-missing"), evidence)
    assert change(fix.hcl) == {"name": "api", "image": old}
    assert "`aws ecs update-service --cluster hokusai-development --service hokusai-api-development " in fix.told
    assert "--task-definition api:1 --region us-east-1`" in fix.told
    assert "Scaling hokusai-api-development up or restarting it helps nothing" in (fix.caution or "")


def test_unchanged_revision__is_no_way_back() -> None:
    """Where both revisions are the same, going back is not proposed: the fault came by another way."""
    fix = fix_of(suspect_of("container-image-missing"), revisions("api", now={}, before={}))
    assert "update-service" not in fix.told


def test_wrong_port__is_set_where_its_proof_found_it() -> None:
    """The variable that has the wrong port is set to the registered one; other ports are left alone."""
    environment = {"ADMIN_PORT": variable("9000"), "API_PORT": variable("5000"), "REDIS_PORT": variable("6379")}
    evidence = revisions("api", now={"environment": environment, "command": ()}, before={})
    logged = (Proof(told="its log says: Uvicorn running on http://0.0.0.0:5000", source="logs"),)
    fix = fix_of(suspect_of("container-port-mismatch", proofs=logged), evidence)
    assert change(fix.hcl)["environment"] == [{"name": "API_PORT", "value": "8001"}]


def test_wrong_port__in_the_command_is_set_there() -> None:
    """Without such a variable, the option of the command has the port."""
    evidence = revisions("api", now={"command": ("serve", "--port", "5000")}, before={})
    fix = fix_of(suspect_of("container-port-mismatch"), evidence)
    assert change(fix.hcl)["command"] == ["serve", "--port", "8001"]


def test_loopback__is_opened_in_a_command_of_one_word() -> None:
    """Shells get their command as one text: the option inside it is replaced, and nothing else."""
    command = ("sh", "-c", "uvicorn app:app --host 127.0.0.1 --port 8001")
    fix = fix_of(suspect_of("container-loopback-only"), revisions("api", now={"command": command}, before={}))
    assert change(fix.hcl)["command"] == ["sh", "-c", "uvicorn app:app --host 0.0.0.0 --port 8001"]


def test_wrong_address__is_set_to_where_the_service_is() -> None:
    """A URL in a variable that names a service gets the address at which the target's own checks ask it."""
    asked = asked_inside("auth", "http://auth.hokusai-development.local:8000/health")
    wrong = {"AUTH_SERVICE_URL": variable("http://auth.hokusai-development.local:9000")}
    evidence = revisions("api", now={"environment": wrong}, before={"environment": {}}, results=(asked,))
    fix = fix_of(suspect_of("container-variable-wrong"), evidence)
    assert change(fix.hcl)["environment"] == [
        {"name": "AUTH_SERVICE_URL", "value": "http://auth.hokusai-development.local:8000"}
    ]


def test_variable__gets_its_value_of_before() -> None:
    """What the newest revision changed is what it was."""
    before = {"AUTH_HEADERS": variable("Authorization,X-API-Key")}
    now = {"AUTH_HEADERS": variable("Authorization")}
    evidence = revisions("api", now={"environment": now}, before={"environment": before})
    fix = fix_of(suspect_of("container-variable-wrong", resource=f"{API} AUTH_HEADERS"), evidence)
    assert change(fix.hcl)["environment"] == [{"name": "AUTH_HEADERS", "value": "Authorization,X-API-Key"}]


def test_changed_variable__is_not_restored_blindly() -> None:
    """Where the change alone speaks for it, the old value may be the fault that the change mended."""
    before = {"AUTH_FAIL_OPEN": variable("true")}
    evidence = revisions("auth", now={}, before={"environment": before})
    suspect = suspect_of(
        "container-variable-missing", resource=f"{AUTH} AUTH_FAIL_OPEN", service="auth", is_derived=True
    )
    assert "see first that its old value is the better one, and opens no door" in (
        fix_of(suspect, evidence).caution or ""
    )


def test_new_variable__is_removed() -> None:
    """One that the revision before did not have goes, and the text has its value."""
    evidence = revisions("api", now={"environment": {"MLFLOW_PROXY_STRIP_AUTH": variable("true")}}, before={})
    fix = fix_of(suspect_of("container-variable-wrong", resource=f"{API} MLFLOW_PROXY_STRIP_AUTH"), evidence)
    assert fix.told.startswith(f"Remove MLFLOW_PROXY_STRIP_AUTH from {API}; its value now is true.")


def test_missing_secret_variable__comes_from_its_secret_again() -> None:
    """A variable that was a secret's is given again where it comes from, never as a value."""
    source = "arn:aws:secretsmanager:us-east-1:1:secret:token-a1B2c3:token::"
    evidence = revisions("api", now={}, before={"secrets": {"MLFLOW_TRACKING_TOKEN": source}})
    fix = fix_of(suspect_of("container-variable-missing"), evidence)
    assert change(fix.hcl)["secrets"] == [{"name": "MLFLOW_TRACKING_TOKEN", "valueFrom": source}]


def test_allowed_hosts__keep_what_was_there_and_add_how_it_is_asked() -> None:
    """The list has the old names, the internal one with its port, and the public one."""
    asked = asked_inside("mlflow", "http://mlflow.hokusai-development.local:5000/health")
    now = {"MLFLOW_SERVER_ALLOWED_HOSTS": variable("localhost")}
    evidence = revisions("mlflow", now={"environment": now}, before={}, results=(asked,))
    fix = fix_of(suspect_of("mlflow-allowed-hosts"), evidence)
    [set_to] = change(fix.hcl)["environment"]
    assert set_to["value"] == "localhost,mlflow.hokusai-development.local:5000,registry.hokus.ai"
    assert fix.verify is not None and "mlflow_routing" in fix.verify
    assert MLFLOW in fix.told


def test_artifact_option__leaves_the_command() -> None:
    """The option that switches artifacts off goes, and the one that serves them comes."""
    command = ("mlflow", "server", "--no-serve-artifacts")
    evidence = revisions("mlflow", now={"command": command}, before={})
    resource = f"{MLFLOW} --no-serve-artifacts"
    fix = fix_of(suspect_of("artifacts-disabled", resource=resource, service="mlflow"), evidence)
    assert change(fix.hcl)["command"] == ["mlflow", "server", "--serve-artifacts"]


def test_memory__is_doubled_with_the_cpu_that_fargate_asks_for_it() -> None:
    """More than a size of CPU may have takes the next size."""
    small = definition("api").model_copy(update={"cpu": 256, "memory_mb": 2048})
    evidence = evidence_of(inventory(task_definitions={"arn:task/api:2": known(small)}))
    fix = fix_of(suspect_of("container-out-of-memory"), evidence)
    [block] = read(fix.hcl or "")
    assert (block.values["cpu"], block.values["memory"]) == (512, 4096)
    assert change(fix.hcl) == {"name": "api", "memory": 4096}  # a limit of the container's own would still kill it


def test_memory__of_one_container_among_several_is_not_guessed() -> None:
    """Together they may have no more than their task, so the limit of one is left to who knows the others."""
    several = definition("api").model_copy(update={"memory_mb": 1024})
    several = several.model_copy(update={"containers": several.containers * 2})
    evidence = evidence_of(inventory(task_definitions={"arn:task/api:2": known(several)}))
    [block] = read(fix_of(suspect_of("container-out-of-memory"), evidence).hcl or "")
    assert "container_definitions" not in block.values


def test_health_check__is_removed_where_no_better_one_is_known() -> None:
    """Which programs the image has is not known, so no command is proposed; the target group asks already."""
    broken = ("CMD-SHELL", "curl -f http://localhost:8001/health || exit 1")
    fix = fix_of(
        suspect_of("container-health-check-failing"), revisions("api", now={"health_check": broken}, before={})
    )
    assert change(fix.hcl) == {"name": "api", "healthCheck": None}
    assert "its target group asks it already" in fix.told


def test_health_check__of_the_revision_before_comes_back() -> None:
    """A command that worked is better than none."""
    broken, old = ("CMD-SHELL", "curl localhost"), ("CMD", "python", "check.py")
    evidence = revisions("api", now={"health_check": broken}, before={"health_check": old})
    fix = fix_of(suspect_of("container-health-check-failing"), evidence)
    assert change(fix.hcl)["healthCheck"] == {"command": ["CMD", "python", "check.py"]}
