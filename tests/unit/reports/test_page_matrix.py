"""The matrix of services by layer: each check counts where it asks, and a cause stands where it is felt."""

from registry_monitor.model import Result, Status
from registry_monitor.reports.page_matrix import Cell, CellState, Layer, service_matrix
from registry_monitor.run import Run
from registry_monitor.target import LoadBalancer, Route
from tests.unit.reports import diagnosed, samples

ROUTES = (
    Route(id="auth-health", url="https://auth.example/health", service="auth"),
    Route(id="api", url="https://registry.example/api", service="api"),
    Route(id="mlflow", url="https://registry.example/mlflow", service="mlflow"),
)
BALANCER = LoadBalancer(name="edge", hosts=("auth.example", "registry.example"), routes=ROUTES)


def run_of(*results: Result) -> Run:
    run = samples.run_of(results)
    target = run.target.model_copy(update={"load_balancers": (BALANCER,), "auth_service": "auth"})
    return run.model_copy(update={"target": target})


def cells(run: Run) -> dict[tuple[str, Layer], Cell]:
    return {(row.role, cell.layer): cell for row in service_matrix(run) for cell in row.cells if cell.asked}


def test_name__counts_for_each_service_that_is_reached_by_it() -> None:
    """A public name that two services share is in both of their rows, and in no other."""
    known = cells(run_of(samples.result("dns.registry.example"), samples.result("tls.auth.example")))
    assert set(known) == {("api", Layer.DNS), ("mlflow", Layer.DNS), ("auth", Layer.TLS)}


def test_facts_and_requests__count_in_the_layer_that_they_ask() -> None:
    """What AWS says of tasks and targets, the load balancer's rules, a request, a call and a store are told apart."""
    known = cells(
        run_of(
            samples.result("listener.edge"),
            samples.result("route.auth-health", service="auth"),
            samples.result("service.auth.targets", service="auth"),
            samples.result("service.auth.running", service="auth"),
            samples.result("endpoint.auth-health", service="auth"),
            samples.result("call.api-to-auth", service="api"),
            samples.result("redis.ping"),
        )
    )
    assert {place: cell.asked for place, cell in known.items() if place[1] is not Layer.RULE} == {
        ("auth", Layer.TARGETS): 1,
        ("auth", Layer.TASKS): 1,
        ("auth", Layer.APPLICATION): 1,
        ("auth", Layer.DEPENDENCIES): 1,
        ("api", Layer.DEPENDENCIES): 1,
    }
    assert {role: cell.asked for (role, layer), cell in known.items() if layer is Layer.RULE} == {
        "auth": 2,
        "api": 1,
        "mlflow": 1,
    }


def test_cell__is_as_bad_as_its_worst_check() -> None:
    """One failed check outweighs those that pass; what was not asked is not counted as well."""
    wrong = samples.result("endpoint.b", Status.FAIL, service="auth", seen="answered 503")
    run = run_of(
        samples.result("endpoint.a", service="auth"), wrong, samples.result("x", Status.SKIPPED, service="api")
    )
    cell = cells(run)["auth", Layer.APPLICATION]
    assert (cell.state, cell.passed, cell.asked) == (CellState.FAILS, 1, 2)
    assert cell.first == wrong.sentence
    states = {cell.state for row in service_matrix(run) for cell in row.cells if row.role == "api"}
    assert states == {CellState.NOT_ASKED}


def test_cell__what_could_not_be_found_out_is_no_failure() -> None:
    """UNKNOWN is told as unknown, and names no cause."""
    cell = cells(run_of(samples.result("endpoint.a", Status.UNKNOWN, service="auth")))["auth", Layer.APPLICATION]
    assert (cell.state, cell.causes, cell.first) == (CellState.UNKNOWN, (), None)


def test_cell__names_the_causes_of_its_failures_by_their_place_in_the_list() -> None:
    """The number in a cell is that of the cause as the page lists it."""
    run = samples.run_of([samples.result("endpoint.auth-health", Status.FAIL, service="auth")])
    explains = ("infrastructure_health.endpoint.auth-health",)
    second = diagnosed.finding("container-exits", "auth", "Auth exits", explains=explains)
    first = diagnosed.finding("redis-missing", "redis", "There is no Redis", explains=("infrastructure_health.redis",))
    assert cells(diagnosed.diagnosed(run, first, second))["auth", Layer.APPLICATION].causes == (2,)
