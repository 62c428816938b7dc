"""The S3 objects of a run, in moto's S3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from registry_monitor.model import Depth
from registry_monitor.outputs import objects
from registry_monitor.outputs.objects import PublishError, publish
from registry_monitor.reports import PAGE, REPORT, RUN, SUMMARY
from registry_monitor.reports.documents import render
from registry_monitor.reports.known_good import KNOWN_GOOD, known_good_document
from registry_monitor.reports.public_status import public_documents
from registry_monitor.reports.status import status_document
from registry_monitor.run import Run
from tests.unit.reports import month, samples

BUCKET = "reports"
OWN = f"hokusai-development/runs/2026/07/30/{samples.RUN_ID}/"
LATEST = "hokusai-development/latest/"
STATUS = "hokusai-development/status.json"
GOOD = f"hokusai-development/{KNOWN_GOOD}"


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def text(s3: Any, key: str) -> str:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body.decode()


def order(s3: Any) -> list[str]:
    """The keys in the order in which they are asked to be written, from now on."""
    asked: list[str] = []
    s3.meta.events.register("provide-client-params.s3.PutObject", lambda params, **_: asked.append(params["Key"]))
    return asked


def refuse(s3: Any, is_refused: Callable[[str], bool]) -> None:
    """S3 denies the writing of these keys."""

    def deny(request: Any, **_: Any) -> None:
        if is_refused(request.url):
            told = {"Code": "AccessDenied", "Message": "Access Denied"}
            raise ClientError({"Error": told}, "PutObject")

    s3.meta.events.register_first("before-send.s3.PutObject", deny)


def test_publish__full_run_on_schedule_in_this_order(s3: Any) -> None:
    """Its own run.json: all others can be rendered from it. Then those, then latest/ and the status, run.json last."""
    run = samples.failing()
    documents = render(run)
    asked = order(s3)
    assert publish(run, BUCKET, s3) == f"s3://{BUCKET}/{OWN}{REPORT}"
    names = {name for name in documents if name != RUN}
    own, latest = {OWN + name for name in names}, {LATEST + name for name in names}
    waves = [{OWN + RUN}, own, latest | {STATUS}, {LATEST + RUN}]
    for wave in waves:
        assert {asked.pop(0) for _ in wave} == wave
    assert asked == []
    assert not any(key.endswith(KNOWN_GOOD) for key in asked), "a failing run is none to compare with"
    assert all(text(s3, folder + name) == documents[name] for folder in (OWN, LATEST) for name in documents)
    assert text(s3, STATUS) == status_document(run)


def test_publish__good_full_run_is_kept_to_compare_with(s3: Any) -> None:
    """A light run, and one that somebody made by hand, is not."""
    for run in (samples.healthy(Depth.LIGHT), samples.healthy(reason="ad hoc")):
        publish(run, BUCKET, s3)
        assert GOOD not in keys(s3)
    run = samples.healthy()
    publish(run, BUCKET, s3)
    assert text(s3, GOOD) == known_good_document(run)


@pytest.mark.parametrize(
    ("run", "has_own", "has_latest", "has_status"),
    [
        (samples.healthy(), True, True, True),
        (samples.healthy(reason="deployment"), True, True, False),
        (samples.healthy(reason="ad hoc"), True, False, False),
        (samples.healthy(Depth.LIGHT), False, False, True),
        (samples.healthy(Depth.LIGHT, "ad hoc"), True, False, False),
        (samples.run_of(samples.failing().results, depth=Depth.LIGHT), True, False, True),
        (samples.run_of(samples.blind().results, depth=Depth.LIGHT), True, False, True),
        (samples.run_of([samples.result("a")], is_complete=False), True, False, True),
        (samples.run_of([samples.result("a")], is_complete=False, reason="deployment"), True, False, False),
    ],
    ids=[
        "full",
        "after a deployment",
        "full, ad hoc",
        "healthy light",
        "healthy light, ad hoc",
        "failing light",
        "blind light",
        "partial, on schedule",
        "partial, after a deployment",
    ],
)
def test_publish__which_run_writes_where(s3: Any, run: Run, has_own: bool, has_latest: bool, has_status: bool) -> None:
    """latest/ is for whole full runs, the status for runs on schedule; a healthy light one leaves nothing else."""
    uri = publish(run, BUCKET, s3)
    seen = keys(s3)
    assert any(key.startswith(OWN) for key in seen) is has_own
    assert any(key.startswith(LATEST) for key in seen) is has_latest
    assert (STATUS in seen) is has_status
    assert uri.removeprefix(f"s3://{BUCKET}/") in seen


def test_publish__status_for_third_parties_comes_with_the_history(s3: Any) -> None:
    """Only where it is known what was before, else it would forget its incidents; and of runs that asked about it."""
    history = month.history()
    silent = [(samples.healthy(), None), (samples.healthy(reason="ad hoc"), history)]
    silent.append((samples.run_of([samples.result("a")], suites=(samples.INFRASTRUCTURE,)), history))
    for run, known in silent:
        publish(run, BUCKET, s3, known)
        assert not [key for key in keys(s3) if "/public/" in key]
    for reason in ("schedule", "deployment"):
        run = samples.run_of(samples.failing().results, reason=reason)
        publish(run, BUCKET, s3, history)
        for name, document in public_documents(run, history).items():
            assert text(s3, f"hokusai-development/{name}") == document
            s3.delete_object(Bucket=BUCKET, Key=f"hokusai-development/{name}")


def test_publish__content_types(s3: Any) -> None:
    """A browser shows them as what they are; the bucket chooses the encryption."""
    run = samples.healthy()
    publish(run, BUCKET, s3)
    heads = {key: s3.head_object(Bucket=BUCKET, Key=key)["ContentType"] for key in keys(s3)}
    assert heads[OWN + REPORT] == "text/markdown; charset=utf-8"
    assert heads[OWN + PAGE] == "text/html; charset=utf-8"
    assert {kind for key, kind in heads.items() if key.endswith(".json")} == {"application/json"}


def test_publish__failure_of_its_own_document_tries_the_rest(s3: Any) -> None:
    """One denied object: the run's others and the status are written, and all is told."""
    run = samples.failing()
    refuse(s3, lambda url: url.endswith(OWN + REPORT))
    with pytest.raises(PublishError) as caught:
        publish(run, BUCKET, s3)
    assert caught.value.failed[OWN + REPORT] == "AccessDenied (Access Denied)"
    assert sorted(caught.value.written) == sorted(keys(s3))
    assert {OWN + RUN, STATUS} < set(caught.value.written)
    assert f"8 of 15 objects could not be written to s3://{BUCKET}: {OWN}{REPORT}: AccessDenied" in str(caught.value)


def test_publish__latest_stays_whole_when_the_runs_own_documents_are_not(s3: Any) -> None:
    """The earlier report stays readable; the status, which is newer, is written."""
    earlier = samples.healthy()
    publish(earlier, BUCKET, s3)
    run = samples.failing()
    refuse(s3, lambda url: url.endswith(OWN + RUN))
    with pytest.raises(PublishError) as caught:
        publish(run, BUCKET, s3)
    assert {text(s3, LATEST + name) == document for name, document in render(earlier).items()} == {True}
    assert caught.value.failed[LATEST + RUN] == "not tried, so that latest/ does not show half a run"
    assert text(s3, STATUS) == status_document(run)


def test_publish__report_that_cannot_be_rendered_leaves_latest_alone(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run itself and the status are there, and the defect is raised."""
    earlier, run = samples.healthy(), samples.failing()
    publish(earlier, BUCKET, s3)

    def fails(run: Run, history: object) -> dict[str, str]:
        raise ZeroDivisionError

    monkeypatch.setattr("registry_monitor.reports.documents.render_reports", fails)
    with pytest.raises(ZeroDivisionError):
        publish(run, BUCKET, s3)
    monkeypatch.undo()
    assert text(s3, OWN + RUN) == render(run)[RUN]
    assert text(s3, STATUS) == status_document(run)
    assert {name: text(s3, LATEST + name) for name in render(earlier)} == render(earlier)


def test_publish__run_json_of_latest_is_written_only_after_the_others(s3: Any) -> None:
    """Broken off in the middle, latest/run.json is still that of the earlier run."""
    earlier, run = samples.healthy(), samples.failing()
    publish(earlier, BUCKET, s3)
    refuse(s3, lambda url: url.endswith(LATEST + SUMMARY))
    with pytest.raises(PublishError) as caught:
        publish(run, BUCKET, s3)
    assert text(s3, LATEST + RUN) == render(earlier)[RUN]
    assert list(caught.value.failed) == [LATEST + SUMMARY, LATEST + RUN]


def test_publish__missing_bucket_is_named(s3: Any) -> None:
    """The error is a sentence with the bucket, what failed and what is needed."""
    run = samples.healthy(Depth.LIGHT)
    with pytest.raises(PublishError) as caught:
        publish(run, "no-such-bucket", s3)
    assert caught.value.written == ()
    assert "1 of 1 objects could not be written to s3://no-such-bucket" in str(caught.value)
    assert "NoSuchBucket" in caught.value.failed[STATUS]


def test_publish__unreachable_s3_is_told_for_each_object(s3: Any) -> None:
    """No way to S3: nothing is raised but PublishError."""

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://s3.invalid")

    s3.meta.events.register_first("before-send.s3.PutObject", time_out)
    run = samples.healthy(Depth.LIGHT)
    with pytest.raises(PublishError) as caught:
        publish(run, BUCKET, s3)
    assert caught.value.failed[STATUS].startswith("ConnectTimeoutError (")


def test_publish__gives_up_when_its_time_is_over(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function must still be able to fail aloud before Lambda ends it."""
    monkeypatch.setattr(objects, "WITHIN_S", -1.0)
    run = samples.failing()
    with pytest.raises(PublishError) as caught:
        publish(run, BUCKET, s3)
    assert keys(s3) == []
    assert caught.value.failed[STATUS] == "not tried: the time to publish (-1 s) was over"


def test_publish__makes_its_own_client(s3: Any) -> None:
    """As the handler calls it, with nothing but the environment."""
    run = samples.healthy(Depth.LIGHT)
    assert publish(run, BUCKET) == f"s3://{BUCKET}/{STATUS}"
    assert keys(s3) == [STATUS]


def test_publish__what_stands_below_runs_expires_by_its_tag(s3: Any) -> None:
    """Of whichever target it is; what is written over each time has none, and stays."""
    publish(samples.healthy(), BUCKET, s3)
    tagged = {key for key in keys(s3) if s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]}
    assert tagged == {key for key in keys(s3) if key.startswith(OWN)}
    [tag] = s3.get_object_tagging(Bucket=BUCKET, Key=OWN + RUN)["TagSet"]
    assert f"{tag['Key']}={tag['Value']}" == objects.RUN_TAG
