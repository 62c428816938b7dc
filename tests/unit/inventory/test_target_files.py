"""Target files in S3: found by name below one prefix, read anew each time, and refused with what to do."""

from collections import Counter

import pytest

from registry_monitor.inventory.target_files import find_target, target_at
from registry_monitor.target import TargetError, TargetUnreadError, load_target
from registry_monitor.target.loading import LARGEST_BYTES
from tests.unit.inventory.conftest import REGION, Account, Answer, s3_error
from tests.unit.target.small import SMALL, line_of

BUCKET = "reports-with-targets"
FOLDER = f"s3://{BUCKET}/fleet/targets/"
PLACE = f"{FOLDER}small.yaml"


@pytest.fixture
def reports(account: Account, environment: pytest.MonkeyPatch) -> Account:
    """The account with the bucket of the reports, in the region of the function."""
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    client = account.client("s3")
    if BUCKET not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return account


def put(account: Account, content: str | bytes, name: str = "small") -> None:
    account.client("s3").put_object(Bucket=BUCKET, Key=f"fleet/targets/{name}.yaml", Body=content)


def refusal(name: str, folder: str | None = FOLDER) -> str:
    with pytest.raises(TargetError) as caught:
        find_target(name, folder)
    return str(caught.value)


def test_target__is_found_by_its_name_and_read_anew(reports: Account, calls_made: Counter[str]) -> None:
    """A fix takes effect in the next run."""
    put(reports, SMALL)
    assert find_target("small", FOLDER).cluster == "small-cluster"
    put(reports, SMALL.replace("small-cluster", "mended-cluster"))
    assert find_target("small", FOLDER.rstrip("/")).cluster == "mended-cluster"
    assert calls_made == {"s3:GetObject": 2}


def test_packaged_target__costs_no_call(closed_endpoint: str) -> None:
    """With target files in S3 and without."""
    assert find_target("hokusai-development", FOLDER) == find_target("hokusai-development", None)


def test_without_a_folder__a_path_is_a_path(closed_endpoint: str) -> None:
    """As it was before there were target files elsewhere, for a sandbox and for who runs the artifact by hand."""
    path = "src/registry_monitor/targets/hokusai-development.yaml"
    assert find_target(path, None) == load_target("hokusai-development")
    assert find_target(path, "") == load_target("hokusai-development")
    assert refusal("small", None).startswith("target small: 1 problem\n  line 0: cannot be read")


def test_broken_file__names_its_lines_and_where_it_is(reports: Account) -> None:
    """Every problem at once, as `validate` tells them."""
    broken = SMALL.replace("region: us-east-1", "region: somewhere").replace("monitor: admin", "monitor: nobody")
    put(reports, broken)
    told = refusal("small").splitlines()
    assert told[0] == f"target {PLACE}: 2 problems"
    assert told[1].startswith(f"  line {line_of(broken, 'region')}: region: got 'somewhere'")
    assert told[2].startswith(f"  line {line_of(broken, 'monitor: nobody')}: keys.monitor: got 'nobody'")


def test_file_of_another_name__is_refused(reports: Account) -> None:
    """Its run would write its reports over those of the other one."""
    put(reports, SMALL, name="other")
    expected = f"line {line_of(SMALL, 'name: small')}: name: got 'small'; expected 'other', as the file is called"
    assert expected in refusal("other")


def test_file_that_leads_to_keys_of_others__is_refused(reports: Account) -> None:
    """A valid target all the same: at a terminal, and as a file of one's own, it is taken."""
    wrong = SMALL.replace("secret: registry-monitor/small", "secret: registry-monitor/victim")
    put(reports, wrong)
    told = refusal("small").splitlines()
    assert told[0] == f"target {PLACE}: 1 problem"
    assert told[1].startswith(f"  line {line_of(wrong, 'victim')}: keys.secret: got 'registry-monitor/victim'")
    assert target_at(PLACE).keys.secret == "registry-monitor/victim"


@pytest.mark.parametrize(
    "name",
    [
        "../public/status",
        "a/b",
        "/etc/passwd",
        "s3://other/key",
        "small.yaml",
        "Small",
        "",
        "a" * 64,
        "small\n",
        "ſmall",
    ],
)
def test_name_that_is_none__is_refused_unasked(closed_endpoint: str, name: str) -> None:
    """An event leads to nothing beside the files of the prefix, and to no file of the function."""
    told = refusal(name)
    assert "is no name of a target; expected lower-case letters, digits and hyphens" in told


def test_file_that_is_not_there__is_told_with_the_command(reports: Account) -> None:
    """The packaged targets are named, of which it may have been meant to be one."""
    told = refusal("nothing")
    with pytest.raises(TargetError) as caught:
        find_target("nothing", FOLDER)
    assert not isinstance(caught.value, TargetUnreadError)
    assert f"target {FOLDER}nothing.yaml: 1 problem" in told
    assert "there is no such file (s3:GetObject: NoSuchKey): put it there (python -m registry_monitor upload" in told
    assert "packaged are: hokusai-development, " in told
    assert "there is no such bucket (s3:GetObject: NoSuchBucket): correct MONITOR_TARGETS" in refusal(
        "small", "s3://no-such-bucket-of-ours/fleet/targets/"
    )


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "AccessDenied", "s3:GetObject was denied to the monitor's role (AccessDenied): add s3:GetObject"),
        (403, "AccessDenied", "may also not be there, which S3 tells only with s3:ListBucket"),
        (503, "SlowDown", "s3:GetObject was throttled by AWS (SlowDown), also when asked again"),
        (500, "InternalError", "s3:GetObject failed inside AWS (InternalError, HTTP 500)"),
    ],
)
def test_refusal_of_s3__is_told_apart(
    reports: Account, answer_instead: Answer, status: int, code: str, told: str
) -> None:
    """Each with what to do; none says anything of the file."""
    answer_instead("s3", "GetObject", status, s3_error(code))
    with pytest.raises(TargetUnreadError) as caught:
        find_target("small", FOLDER)
    assert told in str(caught.value)


def test_slow_s3__takes_a_bounded_time(silent_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends in words, in the time that one is given."""
    monkeypatch.setattr("registry_monitor.inventory.target_files.WITHIN_S", 0.1)
    with pytest.raises(TargetUnreadError, match=r"cannot be read: s3:GetObject was not read within 0.1 s: S3 is slow"):
        find_target("small", FOLDER)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"#" * (LARGEST_BYTES + 1), "it is larger than 256 KiB"), (b"name: \xff", "can't decode byte")],
)
def test_what_is_no_target_file__is_refused_unparsed(reports: Account, content: bytes, told: str) -> None:
    """As a file on disk is."""
    put(reports, content)
    assert told in refusal("small")


def test_terminal__names_any_object(reports: Account) -> None:
    """By its whole address, whatever its key; else a packaged target or a path, as ever."""
    reports.client("s3").put_object(Bucket=BUCKET, Key="drafts/any.yml", Body=SMALL)
    assert target_at(f"s3://{BUCKET}/drafts/any.yml").name == "small"
    assert target_at("hokusai-development").name == "hokusai-development"
    for place in (f"s3://{BUCKET}", f"s3://{BUCKET}/", "s3:///key"):
        with pytest.raises(TargetError, match="expected s3://bucket/key"):
            target_at(place)
