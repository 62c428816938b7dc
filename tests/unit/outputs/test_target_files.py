"""The target files of a fleet and its manifest in moto's S3: never one named in vain, and nobody's change lost."""

import json
from collections import Counter
from typing import Any

import pytest

from registry_monitor.outputs import target_files
from registry_monitor.outputs.state_store import StateError
from registry_monitor.outputs.target_files import LATEST_START_S, TargetFiles, Uploaded, delay_s

BUCKET = "fleet-of-tests"
MANIFEST = "fleet/manifest.json"


@pytest.fixture
def files(s3: Any) -> TargetFiles:
    return TargetFiles(BUCKET, s3)


def manifest(s3: Any) -> Any:
    return json.loads(s3.get_object(Bucket=BUCKET, Key=MANIFEST)["Body"].read())


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_upload__puts_files_and_the_manifest_that_names_them(files: TargetFiles, s3: Any) -> None:
    """As who starts the runs reads it: an array sorted by name, each with its delay."""
    done = files.upload({"b": "name: b\n", "a": "name: a\n"}, critical=None)
    assert done == [Uploaded("b", "new", False, None), Uploaded("a", "new", False, None)]
    assert keys(s3) == [MANIFEST, "fleet/targets/a.yaml", "fleet/targets/b.yaml"]
    assert manifest(s3) == [
        {"target": "a", "critical": False, "delay_s": delay_s("a")},
        {"target": "b", "critical": False, "delay_s": delay_s("b")},
    ]
    stored = s3.get_object(Bucket=BUCKET, Key="fleet/targets/a.yaml")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"name: a\n", "application/yaml")


def test_upload_again__tells_what_changed(files: TargetFiles, s3: Any) -> None:
    """Whether a target is critical stays as it was, where nobody says otherwise."""
    files.upload({"a": "one", "b": "one"}, critical=True)
    written = s3.head_object(Bucket=BUCKET, Key="fleet/targets/a.yaml")["LastModified"]
    assert files.upload({"a": "one", "b": "two"}, critical=None) == [
        Uploaded("a", "unchanged", True, True),
        Uploaded("b", "changed", True, True),
    ]
    assert s3.head_object(Bucket=BUCKET, Key="fleet/targets/a.yaml")["LastModified"] == written
    assert files.upload({"b": "two"}, critical=False) == [Uploaded("b", "unchanged", False, True)]
    assert [(each["target"], each["critical"]) for each in manifest(s3)] == [("a", True), ("b", False)]


def test_withdraw__takes_out_the_manifests_line_and_the_file(files: TargetFiles, s3: Any) -> None:
    """Others stay; what is unknown is told before."""
    files.upload({"a": "one", "b": "one"}, critical=None)
    assert files.unknown(["a", "c", "d"]) == ["c", "d"]
    files.withdraw(["a"])
    assert [each["target"] for each in manifest(s3)] == ["b"]
    assert keys(s3) == [MANIFEST, "fleet/targets/b.yaml"]
    assert files.unknown(["a", "b"]) == ["a"]


def test_file_without_a_line__can_be_withdrawn(files: TargetFiles, s3: Any) -> None:
    """What an upload or a withdrawal that was broken off has left behind."""
    s3.put_object(Bucket=BUCKET, Key="fleet/targets/left.yaml", Body=b"x")
    assert files.unknown(["left"]) == []
    files.withdraw(["left"])
    assert keys(s3) == []


def test_file__is_written_before_it_is_named_and_forgotten_before_it_is_deleted(files: TargetFiles, s3: Any) -> None:
    """A run that is started meanwhile finds every file that the manifest names."""
    order: list[str] = []

    def note(request: Any, **_: Any) -> None:
        if request.method in ("PUT", "DELETE"):
            order.append(f"{request.method} {request.url.rpartition('/')[2]}")

    s3.meta.events.register("before-send.s3", note)
    files.upload({"a": "one"}, critical=None)
    files.withdraw(["a"])
    assert order == ["PUT a.yaml", "PUT manifest.json", "PUT manifest.json", "DELETE a.yaml"]


def test_two_at_once__lose_nothing(files: TargetFiles, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another upload comes between reading the manifest and writing it."""
    watched, overtaking = target_files._watched, ["b"]

    def overtaken(*of: Any) -> Any:
        if overtaking:
            files.upload({overtaking.pop(): "one"}, critical=True)
        return watched(*of)

    monkeypatch.setattr(target_files, "_watched", overtaken)
    assert files.upload({"a": "one"}, critical=None) == [Uploaded("a", "new", False, None)]
    assert [(each["target"], each["critical"]) for each in manifest(s3)] == [("a", False), ("b", True)]


def test_upload_beside_a_withdrawal__leaves_a_file_for_each_line(files: TargetFiles, s3: Any) -> None:
    """Somebody withdraws what this one has found unchanged, before the manifest names it again."""
    files.upload({"a": "one"}, critical=None)
    files.withdraw(["a"])
    s3.put_object(Bucket=BUCKET, Key="fleet/targets/a.yaml", Body=b"one")  # as before their deletion

    def deleted(request: Any, **_: Any) -> None:
        if request.url.endswith("manifest.json"):
            s3.delete_object(Bucket=BUCKET, Key="fleet/targets/a.yaml")

    s3.meta.events.register("before-send.s3.PutObject", deleted)
    assert files.upload({"a": "one"}, critical=None)[0].file == "unchanged"
    assert keys(s3) == [MANIFEST, "fleet/targets/a.yaml"]


def test_withdrawal_beside_an_upload__is_told(files: TargetFiles, s3: Any) -> None:
    """Somebody has it watched again, between the manifest that forgets it and the file that goes."""
    files.upload({"a": "one"}, critical=None)
    theirs = []

    def uploaded(**_: Any) -> None:
        if not theirs:
            theirs.append(files.upload({"a": "one"}, critical=None))

    s3.meta.events.register("before-send.s3.DeleteObject", uploaded)
    with pytest.raises(StateError, match="a was uploaded by somebody else just now, and may have no file any more"):
        files.withdraw(["a"])


def test_file_that_somebody_else_writes_now__is_not_written_over(files: TargetFiles, s3: Any) -> None:
    """Who is second looks at what is there; the manifest is as it was."""
    written = []

    def write_first(request: Any, **_: Any) -> None:
        if request.method == "PUT" and not written:
            written.append(request.url)
            s3.put_object(Bucket=BUCKET, Key="fleet/targets/a.yaml", Body=b"theirs")

    s3.meta.events.register("before-send.s3.PutObject", write_first)
    with pytest.raises(StateError, match=r"a\.yaml was written by somebody else just now: look at it"):
        files.upload({"a": "ours"}, critical=None)
    assert s3.get_object(Bucket=BUCKET, Key="fleet/targets/a.yaml")["Body"].read() == b"theirs"
    assert MANIFEST not in keys(s3)


@pytest.mark.parametrize("text", ["{", "{}", '[{"target": "a"}]', '[{"target": "a", "delay_s": 46}]'])
def test_manifest_that_is_broken__stops_it_before_anything_is_written(files: TargetFiles, s3: Any, text: str) -> None:
    """It is not guessed who was critical."""
    s3.put_object(Bucket=BUCKET, Key=MANIFEST, Body=text)
    for act in (lambda: files.upload({"b": "x"}, critical=None), lambda: files.withdraw(["a"])):
        with pytest.raises(StateError, match=r"manifest\.json is no document of this version .* correct it, or delete"):
            act()
    assert keys(s3) == [MANIFEST]


def test_delays__are_stable_and_spread() -> None:
    """The same in each process, and no second of the 46 has many more than its share of a thousand targets."""
    assert [delay_s(name) for name in ("small", "a", "hokusai-development")] == [10, 24, 42]
    counted = Counter(delay_s(f"team-{number}-production") for number in range(1000))
    assert set(counted) == set(range(LATEST_START_S + 1))
    assert max(counted.values()) <= 2.5 * 1000 / (LATEST_START_S + 1)
