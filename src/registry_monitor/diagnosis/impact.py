"""Whom a cause hurts, and how: told from the checks that it explains and from those blocked behind them.

It says what was seen. What no check asks is not told, hence "so far as seen".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, first_url
from registry_monitor.model import FLOWS, Result, Status, SuiteName

_MOST = 4
_FETCHING = ("artifact", "retrieve", "fetch", "find", "serving", "compare")
_KEPT = "model_registration_flow.heartbeat.artifact"  # a file that is there for good: proves fetching by itself
_KEYS = "authentication.accepted."
_OPERATED = (SuiteName.HEALTH_ENDPOINTS, SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.SERVICES)


@dataclass(frozen=True)
class _Hurt:
    """What fails for one cause. ``judged``: every result that passed or did not, to tell a part from the whole."""

    failed: tuple[Result, ...]
    blocked: tuple[Result, ...]
    judged: tuple[Result, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(result.check_id for result in (*self.failed, *self.blocked))


def impact_of(explained: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """What each group of users cannot do, in one clause each, the worst first."""
    ids = frozenset(explained)
    hurt = _hurt(ids, evidence)
    if not hurt.failed:
        unknown = sum(result.check_id in ids for result in evidence.run.of_status(Status.UNKNOWN))
        nobody = "Nobody yet, so far as seen"
        return (f"{nobody}: {_counted(unknown, 'check')} could not be asked" if unknown else nobody,)
    if any(_is_of_one_key(result) for result in hurt.failed):
        return ("Nobody, so far as seen: another key is accepted where the monitor's own is refused",)
    users = [*_security(hurt), *_engineers(hurt, evidence), *_hosts(hurt, evidence)]
    return tuple([*users, *_operators(hurt, is_alone=not users)][:_MOST])


def _hurt(ids: frozenset[str], evidence: Evidence) -> _Hurt:
    results = evidence.run.results
    behind = {check for symptom in evidence.run.symptoms if symptom.check_id in ids for check in symptom.blocks}
    return _Hurt(
        failed=tuple(each for each in results if each.check_id in ids and each.status is Status.FAIL),
        blocked=tuple(each for each in results if each.check_id in behind and each.status is Status.BLOCKED),
        judged=tuple(each for each in results if each.status.is_passed or each.status.is_not_passed),
    )


def _security(hurt: _Hurt) -> Iterator[str]:
    """A door that stands open."""
    doors = [result for result in hurt.failed if result.is_security_failure]
    if doors:
        where = ", ".join(dict.fromkeys(f"{each.subject} {each.seen.partition(': ')[0]}" for each in doors[:2]))
        yield f"Security: a door stands open, {_counted(len(doors), 'request')} let in that must be refused ({where})"


def _engineers(hurt: _Hurt, evidence: Evidence) -> Iterator[str]:
    """Third parties, who register models and fetch them."""
    who = "Third-party ML engineers"
    mlflow = evidence.run.target.mlflow
    keys = [result for result in hurt.judged if result.check_id.startswith(_KEYS)]
    theirs = [
        result for result in keys if mlflow and (first_url(result.asked) or "").startswith(mlflow.api_url)
    ] or keys
    if theirs and all(result.check_id in hurt.ids for result in theirs):
        yield f"{who}: no request with a key gets what it should"
        return
    flow = [result for result in (*hurt.failed, *hurt.blocked) if result.suite in FLOWS]
    still = any(result.check_id == _KEPT and result.status.is_passed for result in hurt.judged)
    cannot = [
        *(["register models"] if any(not _is_fetching(result) for result in flow) else []),
        *(["fetch them"] if any(_is_fetching(result) for result in flow) and not still else []),
    ]
    if cannot:
        yield f"{who} cannot {' or '.join(cannot)}" + ("; they can fetch those that are there" if still else "")
    elif any(result.check_id in hurt.ids for result in keys):
        where = _first_subjects(keys, hurt)
        if any(result.status.is_passed for result in keys):
            yield f"{who}: requests with a key do not get through everywhere ({where})"
        else:
            yield f"{who}: no key is accepted anywhere; of that, this alone keeps them out of {where}"


def _is_of_one_key(result: Result) -> bool:
    """Whether another key was accepted at the same place."""
    return result.check_id == "authentication.consistency" and result.seen.startswith("accepted '")


def _is_fetching(result: Result) -> bool:
    return result.check_id.rpartition(".")[2] in _FETCHING


def _first_subjects(results: Iterable[Result], hurt: _Hurt) -> str:
    return ", ".join(dict.fromkeys(result.subject for result in results if result.check_id in hurt.ids))


def _hosts(hurt: _Hurt, evidence: Evidence) -> Iterator[str]:
    """Users of each public host: all of it, or how much, with an example; the host that is hurt most first."""
    told = []
    asked_of = {host: list[Result]() for each in evidence.run.target.load_balancers for host in each.hosts}
    for result in hurt.judged:
        asked_of.get(_host(result) or "", []).append(result)
    for host, asked in asked_of.items():
        wrong = [each for each in asked if each.check_id in hurt.ids and not each.is_security_failure]
        if wrong and len(wrong) == len(asked):
            told.append((1.0, f"Users of {host}: nothing of it works, so far as seen"))
        elif wrong:
            paths = list(dict.fromkeys(urlsplit(first_url(result.asked) or "").path or "/" for result in wrong))
            some = f"{len(wrong)} of its {_counted(len(asked), 'check')} do not pass, such as {_shortest(paths)}"
            told.append((len(wrong) / len(asked), f"Users of {host}: {some}"))
    yield from (text for _, text in sorted(told, key=lambda each: -each[0]))


def _host(result: Result) -> str | None:
    """The public host that a check asked first."""
    url = first_url(result.asked)
    return urlsplit(url).hostname if url else None


def _shortest(paths: list[str]) -> str:
    return " and ".join(sorted(paths, key=lambda path: (len(path), path))[:2])


def _operators(hurt: _Hurt, *, is_alone: bool) -> Iterator[str]:
    """Who runs the platform: health pages, and what AWS says. ``is_alone``: nobody else is hurt."""
    pages = [each for each in hurt.failed if each.suite is SuiteName.HEALTH_ENDPOINTS]
    facts = [each for each in hurt.failed if each.suite in _OPERATED and first_url(each.asked) is None]
    told = [
        *([f"{_counted(len(pages), 'health page')} wrong"] if pages else []),
        *([f"AWS shows it ({facts[0].subject})"] if facts else []),
    ]
    if told or is_alone:
        rest = "; users notice nothing, so far as seen" if is_alone else ""
        yield f"Operators: {', '.join(told) or _counted(len(hurt.failed), 'check') + ' of the inside'}{rest}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
