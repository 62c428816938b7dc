"""The faults that the suite ``authentication`` can meet, and what it must say of each.

The rows are those of the platform's measurements: "auth and status, everything healthy", "HEAD under faults" and
"Aug under faults". What is answered is computed by the sandbox; what must follow from it stands here.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.sandbox.services.settings import Era
from tests.system import authentication_faults as faults
from tests.system.authentication_faults import VALIDATE, Fault, all_of, auth_says, key, scenario

MLFLOW_SUFFIX = "http://mlflow.hokusai-development.local:5000/mlflow"
TROUBLE = "could not find out about a random key, the authentication service is in trouble: answered"
BALANCER = "which ended on the way: answered 50"


DIRECT, API, KEYS = "*.mlflow-direct*", "*.api*", "*.auth-keys*"
GOOD_PROXY = ("accepted.mlflow-proxy.*", "consistency", "propagation", "rate-limit")
BEHIND_FIRST_KEY = ("malformed.*", "state.*", "precedence.*", "caching")
NO_VALIDATION = (
    *GOOD_PROXY,
    *("bad-key", "bad.mlflow-direct", "bad.api", "accepted.mlflow-direct.*", "accepted.api.*", "validation.*"),
)


@dataclass(frozen=True)
class Row:
    """A fault, and exactly the checks that fail, are blocked or are slow of it; all others pass or are skipped.

    ``told``: parts of what single checks must say. ``security``: the failures that are open doors. ``is_warm``: the
    keys were validated just before. ``requests``: what the load balancers count.
    """

    name: str
    fault: Fault
    failed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    told: dict[str, str] = field(default_factory=dict)
    slow: tuple[str, ...] = ()
    is_warm: bool = False
    requests: int | None = None
    depth: str = "full"
    budget_ms: int = 20_000  # a loaded machine keeps it, so that nothing is slow but where that is the subject
    platform: Era = "head"

    def named(self, patterns: tuple[str, ...], checks: set[str]) -> set[str]:
        """The checks whose ids, without the suite's name, fit one of the patterns."""
        return {check for check in checks if any(fnmatchcase(check, pattern) for pattern in patterns)}


def auth_service(name: str, fault: Fault, text: str, **changes: object) -> Row:
    """HEAD without an answer about keys: every place fails but for what needs no key."""
    told = {"bad-key": f"{TROUBLE} 503", "accepted.mlflow-proxy.bearer": text, "consistency": "none of the keys"}
    row = {"failed": NO_VALIDATION, "blocked": BEHIND_FIRST_KEY, "told": told, **changes}
    return Row(name, fault, **row)  # type: ignore[arg-type]


def behind(name: str, fault: Fault, answered: str, *failed: str) -> Row:
    """What lies behind the check of keys is broken: that is no fault of authentication, and no key is accused."""
    let_in = f"let the key 'admin' (sent as bearer) in; what stands behind it {answered}"
    return Row(name, fault, failed, told={"accepted.mlflow-proxy.bearer": let_in})


HEAD = [
    Row("healthy", faults.nothing, requests=47),
    Row("healthy, a light run", faults.nothing, depth="light", requests=1),
    auth_service(
        "auth refused",
        faults.stopped("auth"),
        "Authentication service unavailable",
        failed=(*NO_VALIDATION, KEYS),
    ),
    auth_service(
        "auth refused, warm cache",
        faults.stopped("auth"),
        '{"detail": "Authentication service error"}',  # the gateway's spelling: the API has let the key pass
        failed=(*(each for each in NO_VALIDATION if each != "accepted.api.*"), KEYS),
        is_warm=True,
    ),
    Row(
        "auth's name is wrong",
        scenario("AUT-16"),
        (*GOOD_PROXY, "bad-key", "bad.api", "accepted.api.*"),
        BEHIND_FIRST_KEY,
        told={"bad-key": TROUBLE, "propagation": "while mlflow-direct accepts the key"},
    ),
    *(
        auth_service(f"auth {status}", auth_says(VALIDATE, status, ""), "Authentication service error")
        for status in (500, 502, 503, 404, 403)
    ),
    auth_service(
        "auth answers no JSON",
        auth_says(VALIDATE, 200, "hello"),
        "Authentication service unavailable",
        security=("validation.bad",),  # the validation endpoint itself says 200 to a random key
    ),
    auth_service(
        "auth answers another schema",
        auth_says(VALIDATE, 200, "{}"),
        "Authentication service error",
        security=("validation.bad",),
    ),
    auth_service(
        "auth hangs",
        all_of(faults.quick, faults.hung("auth")),
        "Authentication service timeout",
        failed=(*NO_VALIDATION, KEYS),
    ),
    auth_service(
        "redis refused, auth depends on it",
        scenario("AUT-02"),
        "Authentication service error",
        failed=(*NO_VALIDATION, "bad.auth-keys", "accepted.auth-keys.*"),
    ),
    Row("redis refused, auth does without", all_of(faults.auth_without_redis, scenario("AUT-02"))),
    Row(
        "redis hangs: each key waits 2 s for it",
        all_of(faults.auth_without_redis, faults.redis_hung),
        slow=("bad-key",),
        depth="light",
        budget_ms=1000,
    ),
    Row(
        "REDIS_URL without TLS: never caches",
        faults.variable("api", "REDIS_URL", lambda sandbox: f"redis://{sandbox.world.store_settings['redis_host']}"),
    ),
    Row(
        "REDIS_URL a bare name: cache off",
        faults.variable("api", "REDIS_URL", lambda sandbox: sandbox.world.store_settings["redis_host"]),
    ),
    behind("MLflow refused", faults.stopped("mlflow"), "answered 502", DIRECT, "propagation"),
    behind("MLflow hangs", all_of(faults.quick, faults.hung("mlflow")), "answered 504", DIRECT, "propagation"),
    behind("MLflow's allowed hosts", scenario("MLF-14"), "answered 403"),
    behind(
        "MLflow URL with a suffix",
        faults.variable("api", "MLFLOW_SERVER_URL", lambda _: MLFLOW_SUFFIX),
        "answered 404",
    ),
    Row("API without a token of its own", scenario("MLF-17")),
    Row("artifacts disabled", scenario("MLF-10")),
    Row(
        "debit rejected",
        key("admin", is_debit_rejected=True),
        ("accepted.api.*",),
        told={"accepted.api.bearer": "gives its holder no access: answered 402"},
    ),
    Row(
        "auth says 429",
        key("admin", rate_limit_per_hour=0),
        (*GOOD_PROXY, "accepted.*", "validation.accepted"),
        BEHIND_FIRST_KEY,
        told={
            "rate-limit": "met a rate limit: answered 429",
            "accepted.mlflow-proxy.bearer": "with Retry-After 60",
            "accepted.mlflow-direct.bearer": "met a rate limit: answered 401",  # the gateway's own spelling of it
        },
    ),
    Row(
        "auth fails open",
        scenario("AUT-15"),
        ("bad-key", "bad.*", "malformed.two-spaces", "state.revoked", "validation.bad"),
        ("precedence.*", "caching"),
        security=("bad-key", "bad.*", "state.revoked", "validation.bad"),
        told={"bad-key": "accepted a random key: answered 200"},
    ),
    Row(
        "X-API-Key is not read",
        scenario("AUT-11"),
        ("accepted.mlflow-proxy.x-api-key", "accepted.mlflow-proxy.lower-case-name", "accepted.api.x-api-key"),
        ("precedence.*",),
        told={"accepted.api.x-api-key": "did not see the key 'admin' (sent as x-api-key): answered 401"},
    ),
    Row(
        "the proxy strips the key",
        scenario("AUT-12"),
        GOOD_PROXY,
        BEHIND_FIRST_KEY,
        told={
            "propagation": "fails on the proxy's side, while mlflow-direct accepts the key: mlflow-proxy did not see"
        },
    ),
    Row(
        "the monitor's key is revoked",
        scenario("AUT-08"),
        (*GOOD_PROXY, "accepted.*", "validation.accepted"),
        BEHIND_FIRST_KEY,
        told={
            "accepted.mlflow-proxy.bearer": "refused the key 'admin' (sent as bearer) as invalid",
            "consistency": "accepted 'second', but refused the key 'admin' as invalid",
        },
    ),
    Row(
        "a revoked key is accepted",
        key("revoked", is_revoked=False),
        ("state.revoked",),
        security=("state.revoked",),
        told={"state.revoked": "until the platform's cache has forgotten it"},
    ),
    Row(
        "another service's key is accepted",
        key("other-service", service_id="platform"),
        ("state.other-service",),
        security=("state.other-service",),
        told={"state.other-service": "accepted the key 'other-service'"},
    ),
    Row(
        "everybody may do what admins may",
        all_of(*(key(name, is_admin=True) for name in ("member", "reader", "unpaid"))),
        ("state.member", "state.reader", "state.unpaid"),
        security=("state.member", "state.reader", "state.unpaid"),
    ),
    Row("the second key is dead", key("second", is_revoked=True), ("consistency",)),
    Row("the monitor's key is rotated", scenario("quiet-rotation")),
    Row(
        "the API is missing",
        scenario("ECS-01"),
        (*GOOD_PROXY, "bad-key", "missing.mlflow-proxy", "empty.*", API),
        BEHIND_FIRST_KEY,
        told={"bad-key": BALANCER},
    ),
    Row("no rule for auth's API", scenario("ALB-04"), (KEYS, "validation.*")),
]
AUGUST_PROXY = tuple(each for each in GOOD_PROXY if each != "propagation")
AUGUST_NO_AUTH = (*AUGUST_PROXY, "bad-key", "bad.api", "accepted.api.*", "validation.*")


def in_august(name: str, fault: Fault, text: str, *failed: str, **changes: object) -> Row:
    """August 2025: every failure of auth is a 401, and its body alone tells."""
    told = {
        "bad-key": f"{TROUBLE} 401 (written by the application): {text}",
        "accepted.mlflow-proxy.bearer": "the authentication service is in trouble",
    }
    row = {"failed": (*AUGUST_NO_AUTH, *failed), "blocked": BEHIND_FIRST_KEY, "told": told, **changes}
    return Row(name, fault, platform="2025-08", **row)  # type: ignore[arg-type]


AUGUST = [
    Row("healthy", faults.nothing, requests=41, platform="2025-08"),
    in_august("auth refused", faults.stopped("auth"), '{"detail":"Authentication service unavailable"}', KEYS),
    Row(
        "auth refused, warm cache",
        faults.stopped("auth"),
        ("bad-key", "bad.api", "malformed.two-spaces", "state.revoked", "state.other-service", "validation.*", KEYS),
        ("precedence.*", "caching"),
        told={"bad-key": f"{TROUBLE} 401", "state.revoked": "the authentication service is in trouble"},
        is_warm=True,
        platform="2025-08",
    ),
    *(
        in_august(f"auth {status}", auth_says(VALIDATE, status, ""), '{"detail":"Authentication service error"}')
        for status in (500, 404, 403)
    ),
    in_august(
        "auth hangs",
        all_of(faults.quick, faults.hung("auth")),
        '{"detail":"Authentication service timeout"}',
        KEYS,
    ),
    Row(
        "redis refused, auth does without",
        all_of(faults.auth_without_redis, scenario("AUT-02")),
        platform="2025-08",
    ),
    Row(
        "redis hangs: the API never answers",
        all_of(faults.auth_without_redis, faults.redis_hung),
        ("bad-key",),
        told={"bad-key": f"did not get a random key, {BALANCER}4"},
        depth="light",
        platform="2025-08",
    ),
    Row(
        "MLflow refused",
        faults.stopped("mlflow"),
        told={"accepted.mlflow-proxy.bearer": "what stands behind it answered 502"},
        platform="2025-08",
    ),
    Row(
        "auth says 429",
        key("admin", rate_limit_per_hour=0),
        (*AUGUST_PROXY, "accepted.*", "validation.accepted"),
        BEHIND_FIRST_KEY,
        told={"rate-limit": 'met a rate limit: answered 401 (written by the application): {"detail":"Rate limit exc'},
        platform="2025-08",
    ),
]
