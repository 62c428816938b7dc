"""The map of Terraform addresses: read once from S3 or a path, bounded; Unknown with the reason where it cannot be."""

import json
from collections import Counter
from pathlib import Path

import pytest

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.facts import Fact, Inventory, Known, Unknown
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.inventory.terraform_map import KEPT_TYPES, LARGEST_MAP_BYTES, TerraformMapReading
from registry_monitor.redaction import Redactor
from registry_monitor.terraform import TerraformMap
from tests.unit.inventory.conftest import REGION, Account, Answer, s3_error, target_of

BUCKET, PLACE = "terraform-maps", "s3://terraform-maps/development.json"
LISTED = [
    {"address": "aws_lb.main", "type": "aws_lb", "id": "x", "arn": "arn:aws:x"},
    {"address": "aws_sqs_queue.other", "type": "aws_sqs_queue", "id": "q", "arn": None},
]
MAP = json.dumps(LISTED)
TIME_S = 10.0


def reader_of(place: str | None) -> InventoryReader:
    return InventoryReader(target_of("auth").model_copy(update={"terraform_map": place}))


def stored(account: Account, content: bytes) -> None:
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket=BUCKET, Key="development.json", Body=content)


def reason(fact: Fact[TerraformMap] | None) -> str:
    assert isinstance(fact, Unknown)
    return fact.reason


def test_map_in_s3__is_read_once_and_kept_as_far_as_findings_name_it(
    account: Account, calls_made: Counter[str]
) -> None:
    """A run stores no address that no finding can have."""
    stored(account, MAP.encode())
    reader = reader_of(PLACE)
    fact = reader.terraform_map(TIME_S)
    assert isinstance(fact, Known)
    assert [each.address for each in fact.value.resources] == ["aws_lb.main"]
    assert reader.terraform_map(TIME_S) is fact
    kept = reader.snapshot().terraform_map
    assert isinstance(kept, Known) and kept.value == fact.value
    assert (calls_made["s3:GetObject"], fact.source) == (1, "s3:GetObject")
    assert "s3:GetObject × 0 or 1 (the map of Terraform addresses)" in reader.calls


def test_map_of_a_path__is_read_without_aws(closed_endpoint: str, tmp_path: Path) -> None:
    """A person at a terminal has it in a file; nothing is said of a call that was not made."""
    (tmp_path / "map.json").write_text(MAP)
    reader = reader_of(str(tmp_path / "map.json"))
    fact = reader.terraform_map(TIME_S)
    assert isinstance(fact, Known)
    assert (len(fact.value.resources), fact.source) == (1, "file")
    assert not any("s3:GetObject" in call for call in reader.calls)


def test_map__can_be_begun_before_anybody_waits(closed_endpoint: str, tmp_path: Path) -> None:
    """What is begun early is there later without waiting; where the target names none, nothing is begun."""
    (tmp_path / "map.json").write_text(MAP)
    target = target_of("auth").model_copy(update={"terraform_map": str(tmp_path / "map.json")})
    reading, none = TerraformMapReading(target, aws_client), TerraformMapReading(target_of("auth"), aws_client)
    reading.begin()
    none.begin()
    assert isinstance(reading.fact(TIME_S), Known)
    assert reading.by_now() is reading.fact(0)
    assert none.by_now() is None


def test_no_map__is_no_fact(closed_endpoint: str) -> None:
    """A target that names none is asked for nothing, and neither is a map that nobody wants."""
    assert reader_of(None).terraform_map(TIME_S) is None
    assert reader_of(PLACE).snapshot().terraform_map is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[" + b" " * LARGEST_MAP_BYTES + b"]", " is larger than 5 MB: put there what python -m registry_monitor"),
        (b"\xff\xfe", " is not text in UTF-8: put there what"),
        (b'{"outputs": "fake-secret"}', " is no list; expected what the command terraform-map writes (is it the state"),
        (b'[{"address": "fake-secret"}]', " resource 0: address is not an address such as module.api.aws_ecs_service"),
    ],
)
def test_what_is_no_map__is_unknown_with_the_remedy(
    closed_endpoint: str, tmp_path: Path, content: bytes, problem: str
) -> None:
    """The reason names the place, and quotes nothing of what may be a state."""
    path = tmp_path / "map.json"
    path.write_bytes(content)
    told = reason(reader_of(str(path)).terraform_map(TIME_S))
    assert told.startswith(f"{path}{problem}")
    assert "fake-secret" not in told


def test_map_that_is_not_there__is_told_by_its_place(account: Account, tmp_path: Path) -> None:
    """In S3 the bucket or the key, on disk the file."""
    told = reason(reader_of("s3://no-such-bucket-of-ours/map.json").terraform_map(TIME_S))
    assert told.startswith(
        "s3://no-such-bucket-of-ours/map.json does not exist (s3:GetObject: NoSuchBucket): put there"
    )
    told = reason(reader_of(str(tmp_path / "none.json")).terraform_map(TIME_S))
    assert told.startswith(f"{tmp_path}/none.json cannot be read (No such file or directory): put there what")


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (404, "NoSuchKey", f"{PLACE} does not exist (s3:GetObject: NoSuchKey): put there what"),
        (403, "AccessDenied", "s3:GetObject was denied to the monitor's role (AccessDenied): add s3:GetObject to its"),
        (503, "SlowDown", "s3:GetObject was throttled by AWS (SlowDown), also when asked again"),
    ],
)
def test_refusal_of_s3__is_told(account: Account, answer_instead: Answer, status: int, code: str, problem: str) -> None:
    """As for any other fact of AWS."""
    answer_instead("s3", "GetObject", status, s3_error(code))
    assert reason(reader_of(PLACE).terraform_map(TIME_S)).startswith(problem)


def test_silent_s3__ends_in_time(silent_endpoint: str) -> None:
    """A map is never worth a run."""
    assert reason(reader_of(PLACE).terraform_map(0.05)) == "s3:GetObject was not read within 0.1 s"


def test_kept_types__are_all_that_findings_name() -> None:
    """A new kind of cause brings its type along."""
    assert {cause.terraform for cause in CAUSES.values() if cause.terraform} <= KEPT_TYPES


def test_map_of_a_run__outlives_its_redaction(closed_endpoint: str, tmp_path: Path) -> None:
    """An address that holds what looks like a credential is redacted, and the run is still read."""
    listed = [LISTED[0] | {"address": 'aws_lb.main["token=fake-credential"]'}]
    (tmp_path / "map.json").write_text(json.dumps(listed))
    reader = reader_of(str(tmp_path / "map.json"))
    reader.terraform_map(TIME_S)
    told = Inventory.model_validate(Redactor().value(reader.snapshot().model_dump(mode="json"))).terraform_map
    assert isinstance(told, Known)
    assert told.value.resources[0].address == 'aws_lb.main["token=[redacted]"]'
