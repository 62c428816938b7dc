"""What applications say themselves of why they refuse. Rows: ALB-22, AUT-13, AUT-15, MLF-10, MLF-14, MLF-21.

Only where no field of AWS tells it: MLflow's own words (mlflow/server, since 3.5), a web ACL's page, standard headers.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.nodes import BAD_KEY_CHECK, way_of, works_in_part
from registry_monitor.diagnosis.rules.target_groups import broken_task
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import ContainerDefinition

_HOST_CHECK = re.compile(r"Invalid Host header", re.IGNORECASE)
_ALLOWED_HOSTS = "_ALLOWED_HOSTS"
_NO_ARTIFACTS = re.compile(r"artifact", re.IGNORECASE)
_DISABLED = re.compile(r"disabled|not enabled|no-serve-artifacts|artifacts-only", re.IGNORECASE)
_ERROR = re.compile(r"[A-Z]\w*(?:Error|Exception|Table)\b|does not exist")
_LIMIT = re.compile(r"rate.?limit|too many requests", re.IGNORECASE)
TOO_MANY_REQUESTS = 429
_OFF = ("false", "0", "no", "off")


def allowed_hosts(evidence: Evidence) -> Iterator[Suspect]:
    """A list of hosts without a name by which MLflow is asked, whether or not a request has got so far.

    A name counts with its port; ``*`` stands for anything (mlflow/server/security_utils.py, since 3.5).
    """
    mlflow = evidence.run.target.mlflow
    container = evidence.container(mlflow.service) if mlflow else None
    if mlflow is None or container is None:
        return
    internal = [
        f"{host}:{port}" for (host, port), role in evidence.internal_addresses.items() if role == mlflow.service
    ]
    straight, _ = mlflow.straight_api or ("", "")
    public = [host] if (host := urlsplit(straight).hostname) else []
    for variable, value in sorted(container.environment.items()):
        if not variable.endswith(_ALLOWED_HOSTS) or value.value is None:
            continue
        patterns = [each.strip() for each in value.value.split(",")]
        refused = [name for name in (*public, *internal) if not any(fnmatchcase(name, each) for each in patterns)]
        if refused:
            told = f"{variable} is {value.value}; it is asked as {', '.join(refused)}"
            proof = Proof(told=told, source="ecs:DescribeTaskDefinition")
            yield _refusing_host(mlflow.service, variable, (proof,), Confidence.PROVEN, evidence)


def own_words(evidence: Evidence) -> Iterator[Suspect]:
    """One suspect for each kind of refusal that names its cause."""
    mlflow = evidence.run.target.mlflow
    for symptom in evidence.symptoms:
        if mlflow is not None and symptom.status == 403 and _HOST_CHECK.search(symptom.body):
            yield _host_check(symptom, mlflow.service, evidence)
        elif mlflow is not None and symptom.status == 401 and _is_unwanted_login(symptom, evidence):
            login = _at_service("mlflow-own-login", mlflow.service, symptom, evidence)
            yield replace(login, confidence=_by_places(evidence, lambda each: _is_unwanted_login(each, evidence)))
        elif symptom.written_by == "firewall":
            yield from _firewall(symptom, evidence)
        elif _is_limited(symptom) and (role := _judge_of_keys(symptom, evidence)) is not None:
            limited = _at_service("rate-limited", role, symptom, evidence)
            yield replace(limited, confidence=_by_places(evidence, _is_limited))


def _is_limited(symptom: Symptom) -> bool:
    """429 is the status for it (RFC 6585); who passes a refusal on may turn it into one of the key."""
    is_passed_on = symptom.status in (401, 403) and bool(_LIMIT.search(symptom.body))
    return symptom.status == TOO_MANY_REQUESTS or is_passed_on


def _host_check(symptom: Symptom, role: str, evidence: Evidence) -> Suspect:
    container = evidence.container(role)
    variable = next(
        (name for name in sorted(container.environment if container else {}) if name.endswith(_ALLOWED_HOSTS)),
        f"MLFLOW_SERVER{_ALLOWED_HOSTS}",
    )
    value = container.environment.get(variable) if container else None
    proofs = [_proof(symptom)]
    if container is not None:
        told = f"{variable} is {value.value if value else 'not set'}"
        proofs.append(Proof(told=told, source="ecs:DescribeTaskDefinition"))
    confidence = Confidence.TWO_SIGNS if len(proofs) > 1 else Confidence.ONE_SIGN
    return _refusing_host(role, variable, tuple(proofs), confidence, evidence)


def _refusing_host(
    role: str, variable: str, proofs: tuple[Proof, ...], confidence: Confidence, evidence: Evidence
) -> Suspect:
    name = evidence.roles[role].name
    return Suspect(
        kind="mlflow-allowed-hosts",
        resource=f"{name} {variable}",
        statement=f"{name} refuses the host name by which it is asked: {variable} does not have it.",
        breaks=frozenset({f"app:{role}"}),
        proofs=proofs,
        confidence=confidence,
        service=role,
    )


def switched_off(evidence: Evidence) -> Iterator[Suspect]:
    """Artifacts that a service's own configuration switches off, whether or not a request has got so far."""
    for role in evidence.roles:
        container = evidence.container(role)
        switch = _artifact_switch(container) if container else None
        if switch is None:
            continue
        name = evidence.roles[role].name
        refused = [each for each in evidence.symptoms if _refuses_artifacts(each)]
        yield Suspect(
            kind="artifacts-disabled",
            resource=f"{name} {switch}",
            statement=f"{name} serves no artifacts: {switch} switches them off.",
            breaks=frozenset({f"app:{role}"}),
            proofs=(Proof(told=f"{name} has {switch}", source="ecs:DescribeTaskDefinition"), *map(_proof, refused[:1])),
            service=role,
            is_latent=not refused,
        )


def _refuses_artifacts(symptom: Symptom) -> bool:
    return symptom.status == 503 and bool(_NO_ARTIFACTS.search(symptom.body) and _DISABLED.search(symptom.body))


def _artifact_switch(container: ContainerDefinition) -> str | None:
    """The variable or the option that switches artifacts off."""
    for option in ("--no-serve-artifacts", "--artifacts-only"):
        if any(option in part for part in container.command):
            return option
    for name, variable in sorted(container.environment.items()):
        if "ARTIFACT" in name and (variable.value or "").lower() in _OFF:
            return name
    return None


def _judge_of_keys(symptom: Symptom, evidence: Evidence) -> str | None:
    """Who judges keys: the service that all ask, or the one that was asked."""
    return evidence.run.target.auth_service or symptom.result.service


def _is_unwanted_login(symptom: Symptom, evidence: Evidence) -> bool:
    """Whether MLflow asks for a user and a password where the target sends none; else it refuses those that it got."""
    keys = evidence.run.target.keys
    if keys is not None and keys.form_of(keys.monitor).is_basic:
        return False
    headers = symptom.result.evidence.get("headers")
    asks = str(headers.get("WWW-Authenticate", "")) if isinstance(headers, dict) else ""
    return asks.startswith("Basic") and "mlflow" in asks.lower()


def _firewall(symptom: Symptom, evidence: Evidence) -> Iterator[Suspect]:
    for balancer in evidence.run.target.load_balancers:
        if symptom.host in balancer.hosts:
            acl = evidence.read(evidence.run.inventory.firewalls.get(balancer.name))
            proofs = [_proof(symptom)]
            if acl is not None:
                proofs.append(Proof(told=f"the web ACL {acl} is associated", source="wafv2:GetWebACLForResource"))
            yield Suspect(
                kind="firewall-blocks",
                resource=balancer.name,
                statement=f"A web ACL of the load balancer {balancer.name} refuses requests.",
                breaks=frozenset({f"firewall:{balancer.name}"}),
                proofs=tuple(proofs),
                confidence=Confidence.TWO_SIGNS if acl else Confidence.ONE_SIGN,
            )


_STATEMENTS = {
    "mlflow-own-login": "{name} asks for a login of MLflow's own.",
    "rate-limited": "{name} refuses requests for a rate limit.",
    "auth-broken": "{name} answers with errors of its own.",
    "auth-fails-open": "{name} lets in keys that nobody has been given.",
}


def _at_service(kind: str, role: str, symptom: Symptom, evidence: Evidence, *, is_derived: bool = False) -> Suspect:
    name = evidence.roles[role].name
    return Suspect(
        kind=kind,
        resource=name,
        statement=_STATEMENTS[kind].format(name=name),
        breaks=frozenset({f"app:{role}"}),
        proofs=(_proof(symptom),),
        confidence=Confidence.ONE_SIGN,
        service=role,
        is_derived=is_derived,
    )


def doors(evidence: Evidence) -> Iterator[Suspect]:
    """Keys that must be refused are let in, also where whoever judges them is asked: it fails open."""
    doors: dict[str, Symptom] = {}
    for symptom in evidence.symptoms:
        role = _judge_of_keys(symptom, evidence)
        if symptom.result.is_security_failure and role is not None:
            doors.setdefault(role, symptom)
    for role, symptom in doors.items():
        yield _at_service("auth-fails-open", role, symptom, evidence, is_derived=True)


def auth_itself(evidence: Evidence) -> Iterator[Suspect]:
    """The auth service answers with errors, and nothing that it rests on explains them."""
    auth = evidence.run.target.auth_service
    redis = evidence.run.target.redis
    is_unread = redis is not None and evidence.read(evidence.run.inventory.caches.get(redis.replication_group)) is None
    if auth is None or is_unread:
        return
    errors = [symptom for symptom in evidence.symptoms if _is_own_error(symptom)]
    own = [each for each in errors if each.result.service == auth and not _is_asked_of_another(each, evidence)]
    last = [line for line in evidence.log_lines(auth) if _ERROR.search(line)][-1:]
    logged = tuple(Proof(told=line, source="logs:FilterLogEvents") for line in last)
    if not own:
        passed_on = [each for each in errors if _asks(auth, each, evidence)]
        yield from _told_by_callers(auth, passed_on, logged, evidence)
    elif not works_in_part(auth, evidence):
        suspect = _at_service("auth-broken", auth, own[0], evidence, is_derived=True)
        confidence = Confidence.TWO_SIGNS if last else _by_places(evidence, lambda each: each in own)
        yield replace(suspect, proofs=(*suspect.proofs, *logged), confidence=confidence)


def _told_by_callers(
    auth: str, passed_on: list[Symptom], logged: tuple[Proof, ...], evidence: Evidence
) -> Iterator[Suspect]:
    """Where auth itself was not asked: errors of who asks it, with errors in its own log at that time.

    The caller's error may be its own, and auth log an error for each key that it refuses. So it is more than a
    suspicion only where a key of nobody meets that error too; and none where auth's only task refuses that key rightly.
    """
    if not passed_on or not logged:
        return
    is_sure = any(each.result.check_id == BAD_KEY_CHECK for each in passed_on)
    confidence = Confidence.TWO_SIGNS if is_sure else Confidence.ONE_SIGN
    if works_in_part(auth, evidence):
        broken = broken_task(auth, passed_on[0].told, passed_on[0].result.check_id, evidence, confidence)
        yield replace(broken, proofs=(*broken.proofs, *logged))
    elif not any(each.result.check_id == BAD_KEY_CHECK for each in evidence.passed):
        suspect = _at_service("auth-broken", auth, passed_on[0], evidence, is_derived=True)
        yield replace(suspect, proofs=(*suspect.proofs, *logged), confidence=confidence)


def _is_own_error(symptom: Symptom) -> bool:
    return (symptom.status or 0) >= 500 and symptom.written_by == "application"


def _asks(callee: str, symptom: Symptom, evidence: Evidence) -> bool:
    """Whether the service that answered is one that asks ``callee``."""
    answered = next((node.partition(":")[2] for node in way_of(symptom, evidence) if node.startswith("app:")), "")
    return callee in evidence.callees(answered)


def _is_asked_of_another(symptom: Symptom, evidence: Evidence) -> bool:
    """Whether the host that answered is another service's alone: then that one tells of this one, if it does."""
    roles = {role for role, service in evidence.roles.items() if service.public_host == symptom.host}
    return bool(roles) and symptom.result.service not in roles


def _by_places(evidence: Evidence, is_so: Callable[[Symptom], bool]) -> Confidence:
    """Two places that tell the same are two signs."""
    places = {symptom.url for symptom in evidence.symptoms if is_so(symptom)}
    return Confidence.TWO_SIGNS if len(places) > 1 else Confidence.ONE_SIGN


def _proof(symptom: Symptom) -> Proof:
    return Proof(told=symptom.told, source=symptom.result.check_id)
