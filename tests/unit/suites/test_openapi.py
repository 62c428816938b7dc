"""What a service documents against what the target file asks: matched by template, excluded with its reason."""

from typing import Any

import pytest

from registry_monitor.suites.openapi import Coverage, OpenApiError, compare, documented_paths
from registry_monitor.target import Endpoint, Unprobed
from tests.unit.suites.endpoint_platform import endpoint


def document(*paths: str, **fields: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {"get": {}} for path in paths}} | fields


def compared(paths: dict[str, Any], *asked: Endpoint, unprobed: dict[str, str] | None = None) -> Coverage:
    rules = [Unprobed(path=path, reason=reason) for path, reason in (unprobed or {}).items()]
    return compare(documented_paths({"openapi": "3.1.0", "paths": paths}), asked, rules)


def at(path: str, **fields: Any) -> Endpoint:
    return endpoint(f"https://registry.example{path}", **fields)


GET: dict[str, Any] = {"get": {}}


def paths_of(found: tuple[Any, ...]) -> list[str]:
    return [each.path for each in found]


@pytest.mark.parametrize(
    ("body", "clause"),
    [
        ([], "is no OpenAPI document: it has no 'openapi' with a version"),
        ({"paths": {"/": {}}}, "is no OpenAPI document: it has no 'openapi' with a version"),
        ({"openapi": 3, "paths": {"/": {}}}, "is no OpenAPI document: it has no 'openapi' with a version"),
        ({"openapi": "3.1.0"}, "is an OpenAPI document without paths"),
        ({"openapi": "3.1.0", "paths": {}}, "is an OpenAPI document without paths"),
    ],
)
def test_documented_paths__of_a_wrong_document_say_what_is_wrong(body: Any, clause: str) -> None:
    """Neither another JSON nor an empty list of paths passes for a document."""
    with pytest.raises(OpenApiError) as caught:
        documented_paths(body)
    assert str(caught.value) == clause


def test_documented_paths__stand_below_the_path_of_the_server() -> None:
    """A service behind a prefix documents its paths without it."""
    found = documented_paths(document("/models", servers=[{"url": "https://registry.example/v2/"}]))
    assert [each.told for each in found] == ["GET /v2/models"]


@pytest.mark.parametrize(
    ("template", "path", "is_tested"),
    [
        ("/models", "/models", True),
        ("/models", "/models?limit=1", True),
        ("/models/", "/models", False),
        ("/models/{name}", "/models/canary", True),
        ("/models/{name}", "/models", False),
        ("/models/{name}/versions", "/models/canary/versions", True),
        ("/models/{name}/versions", "/models/canary/other/versions", False),
        ("/proxy/{path}", "/proxy/api/2.0/search", True),  # FastAPI's {path:path}
        ("/models/{name}.json", "/models/canary.json", True),
        ("/models/{name}.json", "/models/a/b.json", False),
        ("/models.v1", "/models-v1", False),
    ],
)
def test_compare__matches_by_template(template: str, path: str, is_tested: bool) -> None:
    """A parameter is one segment, or the rest at the very end; nothing in a path is a pattern."""
    found = compared({template: GET}, at(path))
    assert (paths_of(found.tested), paths_of(found.not_in_target)) == (
        ([template], []) if is_tested else ([], [template])
    )
    assert bool(found.undocumented) is not is_tested


def test_compare__a_literal_path_wins_over_a_template() -> None:
    """A request belongs to one documented path: the nearest."""
    found = compared({"/{anything}": GET, "/models/{name}": GET, "/models/all": GET}, at("/models/all"))
    assert (paths_of(found.tested), paths_of(found.not_in_target)) == (
        ["/models/all"],
        ["/{anything}", "/models/{name}"],
    )


def test_compare__tells_what_is_excluded_and_why() -> None:
    """By a rule of the target file, whatever its parameters are called; or since it blocks the event loop."""
    found = compared(
        {"/models/{id}/predict": {"post": {}}, "/proxy/{p}": GET, "/ready": GET, "/health": GET, "/new": GET},
        at("/proxy/search"),
        at("/ready", blocks_event_loop=True),
        at("/health"),
        at("/health?detailed=true", blocks_event_loop=True),
        unprobed={"/models/21/predict": "billed", "/proxy/{path}": "asked elsewhere"},
    )
    reasons = {each.path: reason for each, reason in found.excluded}
    assert reasons.pop("/ready").startswith("it blocks the platform's event loop")
    assert reasons == {"/models/{id}/predict": "billed", "/proxy/{p}": "asked elsewhere"}
    assert (paths_of(found.tested), paths_of(found.not_in_target)) == (["/health"], ["/new"])
    assert found.sentence == "tested 1 of 5 documented paths"
    assert found.undocumented == ()


def test_compare__a_rule_that_is_a_template_excludes_all_its_paths() -> None:
    """One line of the target file rules out a family."""
    found = compared(
        {"/models/21/predict": GET, "/models/30/predict": GET}, unprobed={"/models/{id}/predict": "billed"}
    )
    assert len(found.excluded) == 2


def test_compare__tells_what_is_asked_and_not_documented() -> None:
    """Another method is another endpoint; what is expected not to exist is rightly not documented."""
    found = compared(
        {"/models": {"post": {}, "parameters": []}},
        at("/models"),
        at("/live"),
        at("/gone", expect={"status": 404}),
    )
    assert found.undocumented == ("GET /models", "GET /live")
    assert [each.told for each in found.not_in_target] == ["POST /models"]
