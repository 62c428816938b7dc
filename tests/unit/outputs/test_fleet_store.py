"""The fleet's objects in S3: what Step Functions wrote is read as its guide has it, and nothing else is believed."""

import json
from typing import Any

import pytest

from registry_monitor.fleet.visits import VisitState
from registry_monitor.outputs.fleet_store import FleetStore, FleetStoreError

BUCKET = "fleet-reports"
FOLDER = "fleet/results/ad9b5f27-090b-3ac6-9beb-243cd77144a7"


@pytest.fixture
def store(s3: Any) -> FleetStore:
    return FleetStore(BUCKET, "us-east-1")


def put(s3: Any, key: str, document: Any) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def execution(status: str, **more: Any) -> dict[str, Any]:
    """One, as the guide shows them ("ResultWriter (Map)", the files of a Map Run)."""
    items = [{"target": name, "critical": False, "delay_s": 0} for name in ("a", "b")]
    return {
        "ExecutionArn": "arn:aws:states:us-east-1:123456789012:express:fleet/Targets:1:2",
        "Input": json.dumps({"BatchInput": {"depth": "light"}, "Items": items}),
        "InputDetails": {"Included": True},
        "Name": "1",
        "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:fleet/Targets",
        "Status": status,
    } | more


def write_results(s3: Any, **by_status: list[dict[str, Any]]) -> str:
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status, executions in by_status.items():
        put(s3, f"{FOLDER}/{status}_0.json", executions)
        files[status].append({"Key": f"{FOLDER}/{status}_0.json", "Size": 1})
    manifest = {"DestinationBucket": BUCKET, "MapRunArn": "arn", "ResultFiles": files}
    put(s3, f"{FOLDER}/manifest.json", manifest)
    return f"{FOLDER}/manifest.json"


def test_manifest__is_the_targets(s3: Any, store: FleetStore) -> None:
    """With what each may leave out."""
    put(s3, "fleet/manifest.json", [{"target": "a", "critical": True, "delay_s": 45}, {"target": "b"}])
    told = [(item.target, item.critical, item.delay_s) for item in store.manifest()]
    assert told == [("a", True, 45), ("b", False, 0)]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "at its beginning: Input should be a valid array (1 wrong in all)"),
        ([{"target": "a", "delay_s": 46}], "at 0.delay_s: Input should be less than or equal to 45"),
        ([{"target": "../a"}], "at 0.target: String should match pattern"),
        ([{"target": "a", "role": "x"}], "at 0.role: Extra inputs are not permitted"),
        ("no JSON", "Invalid JSON"),
    ],
)
def test_manifest_that_is_none__is_refused(s3: Any, store: FleetStore, document: Any, told: str) -> None:
    """With where it is wrong."""
    put(s3, "fleet/manifest.json", document)
    with pytest.raises(FleetStoreError) as caught:
        store.manifest()
    assert told in str(caught.value)


def test_manifest_that_is_not_there__is_told_with_what_to_do(store: FleetStore) -> None:
    """By the permission that reads it."""
    with pytest.raises(FleetStoreError, match=r"s3://fleet-reports/fleet/manifest.json could not be read: .*NoSuchKey"):
        store.manifest()


def test_visits__are_those_of_all_batches(s3: Any, store: FleetStore) -> None:
    """Of one that ended well what each item says; of the others that each target was not run, and why."""
    output = [
        {"target": "c", "critical": False, "answer": {"state": "HEALTHY"}},
        {"target": "d", "critical": True, "failed": {"Error": "States.Timeout"}},
    ]
    key = write_results(
        s3,
        SUCCEEDED=[execution("SUCCEEDED", Output=json.dumps(output))],
        FAILED=[execution("TIMED_OUT", Error="States.Timeout", Cause="5 minutes")],
    )
    visits = store.visits(key)
    assert {name: visit.state.value for name, visit in visits.items()} == {
        "a": "NOT RUN",
        "b": "NOT RUN",
        "c": "HEALTHY",
        "d": "NOT RUN",
    }
    assert visits["a"].told == ("its batch was TIMED_OUT: States.Timeout: 5 minutes",)


def test_batch_that_was_never_started__was_not_run(s3: Any, store: FleetStore) -> None:
    """Pending, when the map ended."""
    visits = store.visits(write_results(s3, PENDING=[execution("PENDING")]))
    assert {visit.state for visit in visits.values()} == {VisitState.NOT_RUN}
    assert set(visits) == {"a", "b"}


@pytest.mark.parametrize("key", ["other/manifest.json", "fleet/results/../../other/run.json", ""])
def test_results__stand_in_one_place(store: FleetStore, key: str) -> None:
    """An event that is forged reads nothing else."""
    with pytest.raises(FleetStoreError, match="is no result of this fleet"):
        store.visits(key)


def test_results_that_are_no_json__are_told(s3: Any, store: FleetStore) -> None:
    """Not taken for none."""
    put(s3, f"{FOLDER}/manifest.json", "<Error/>")
    with pytest.raises(FleetStoreError, match="is no JSON"):
        store.visits(f"{FOLDER}/manifest.json")


def test_page__is_written_as_html(s3: Any, store: FleetStore) -> None:
    """Below fleet/."""
    store.write_page("latest/index.html", "<p>all is well</p>")
    found = s3.get_object(Bucket=BUCKET, Key="fleet/latest/index.html")
    assert (found["ContentType"], found["Body"].read()) == ("text/html; charset=utf-8", b"<p>all is well</p>")


def test_page_that_cannot_be_written__is_told(s3: Any) -> None:
    """With the permission that it needs."""
    with pytest.raises(FleetStoreError, match=r"could not be written: .*NoSuchBucket.*s3:PutObject"):
        FleetStore("no-such-bucket", "us-east-1").write_page("latest/index.html", "")
