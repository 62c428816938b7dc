"""Target files outside of the artifact, in S3: found by name below a prefix, or by their whole address.

A file is read anew for each run, so that a fix takes effect in the next one; what was parsed of the same text is kept
(``target/loading.py``). One that cannot be had or used stops its own run alone, with TargetError.
"""

import re

from botocore.exceptions import ClientError

from registry_monitor.inventory.aws import ClientOf, aws_client, own_region
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import Unknown
from registry_monitor.inventory.once import ReadOnce
from registry_monitor.model import CannotTellError
from registry_monitor.target import (
    Problem,
    Target,
    TargetError,
    TargetUnreadError,
    load_target,
    packaged_targets,
    parse_target,
)
from registry_monitor.target.fields import IDENTIFIER
from registry_monitor.target.foreign import foreign_problems
from registry_monitor.target.loading import LARGEST_BYTES, parse_named, text_of

GET_OBJECT = "s3:GetObject"
WITHIN_S = 8.0  # of a run's time; an S3 that is silent at first (4 s) is asked a second time in it
S3 = "s3://"


def find_target(name: str, folder: str | None, client_of: ClientOf = aws_client) -> Target:
    """The target of a name: a packaged one, which costs no call, else ``<folder><name>.yaml``.

    ``folder``: such as ``s3://bucket/fleet/targets/``; without one there are packaged targets and paths alone. With it
    a name is a name, and never a path: so an event leads to no other object and to no file. What such a file may not
    say stands in ``target/foreign.py``. Raises TargetError.
    """
    if not folder or name in packaged_targets():
        return load_target(name)
    if re.fullmatch(IDENTIFIER, name) is None:
        expected = f"expected lower-case letters, digits and hyphens, as the files below {folder} have"
        raise TargetError(name, [Problem(0, "", f"is no name of a target; {expected}")])
    place = f"{folder.rstrip('/')}/{name}.yaml"
    text = _read(place, client_of)
    target = parse_named(text, place, name)
    if problems := foreign_problems(target, text):
        raise TargetError(place, problems)
    return target


def target_at(place: str, client_of: ClientOf = aws_client) -> Target:
    """The target that a person names at a terminal: ``s3://bucket/key``, a packaged one's name or a path.

    Raises TargetError.
    """
    return parse_target(_read(place, client_of), place) if place.startswith(S3) else load_target(place)


def _read(place: str, client_of: ClientOf) -> str:
    """The text of a file in S3. Raises TargetError for one that is not there or too large.

    Raises TargetUnreadError where S3 is slow or refuses: that says nothing of the file.
    """
    reading: ReadOnce[str, bytes | None] = ReadOnce(GET_OBJECT, lambda key: _object(key, client_of))
    fact = reading.fact(place, WITHIN_S)
    if isinstance(fact, Unknown):
        is_slow = fact.reason.startswith(f"{GET_OBJECT} was not read within")
        remedy = ": S3 is slow, or the monitor's network has no way to it; the next run asks anew" if is_slow else ""
        raise TargetUnreadError(place, [Problem(0, "", f"cannot be read: {fact.reason}{remedy}")])
    if fact.value is None:
        raise TargetError(place, [Problem(0, "", f"cannot be read: {_absent()}")])
    try:
        return text_of(fact.value)
    except ValueError as error:
        problem = Problem(0, "", f"cannot be read ({error}); expected a target file in UTF-8")
        raise TargetError(place, [problem]) from error


def _object(place: str, client_of: ClientOf) -> bytes | None:
    """An object, or one byte more of it than a target file may have; None where S3 says that there is none."""
    bucket, _, key = place.removeprefix(S3).partition("/")
    if not bucket or not key:
        raise CannotTellError("expected s3://bucket/key")
    try:
        answer = client_of("s3", own_region()).get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            return None
        raise CannotTellError(_told(error, place)) from None
    with answer["Body"] as body:
        content: bytes = body.read(LARGEST_BYTES + 1)
    return content


def _absent() -> str:
    known = ", ".join(packaged_targets())
    remedy = f"put it there (python -m registry_monitor upload FILE), or correct the name; packaged are: {known}"
    return f"there is no such file ({GET_OBJECT}: NoSuchKey): {remedy}"


def _told(error: ClientError, place: str) -> str:
    code = error.response.get("Error", {}).get("Code")
    if code == "NoSuchBucket":
        return f"there is no such bucket ({GET_OBJECT}: {code}): correct MONITOR_TARGETS, or the address"
    if code == "AccessDenied":
        hint = f"{place} may also not be there, which S3 tells only with s3:ListBucket on the bucket"
        return f"{explain(GET_OBJECT, error)}; {hint}"
    return explain(GET_OBJECT, error)
