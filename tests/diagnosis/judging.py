"""What a diagnosis is worth, case by case: pure comparisons of what it names with what is truly wrong."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from registry_monitor.finding import Confidence, FindingState
from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.components import component_of
from tests.diagnosis.fix_trial import FixTrial

type Key = tuple[str, str]  # kind and resource of a cause

_TRUE_WHEN_DENIED = "monitor-permission-missing"  # where AWS denies something, to say so is right


@dataclass(frozen=True)
class Named:
    """One cause that a diagnosis names, in the order in which it does."""

    kind: str
    resource: str
    state: FindingState = FindingState.ACTIVE
    confidence: Confidence = Confidence.PROVEN

    @property
    def key(self) -> Key:
        """What is compared with the truth."""
        return self.kind, self.resource


@dataclass(frozen=True)
class Judgement:
    """One diagnosis of one case. Null: this case cannot tell.

    ``top1``: the first cause named is one that was injected. ``exact_set``: active and latent causes together are
    those injected. ``named``, ``named_rightly``: active causes. ``blames_wrongly``: an active or suspected cause is of
    a component that is not at fault. ``names_falsely``: anything at all is named though nothing is wrong.
    ``is_honest``: no active cause is called proven that was not injected. ``fix``: what came of the first one's fix.
    """

    top1: bool | None
    exact_set: bool | None
    named: int
    named_rightly: int
    blames_wrongly: bool | None
    names_falsely: bool | None
    is_honest: bool | None
    expected: tuple[Key, ...]
    first: Key | None
    fix: FixTrial | None = None


def named_by(run: Run) -> tuple[Named, ...]:
    """What the monitor itself names in a run."""
    return tuple(Named(each.kind, each.resource, each.state, each.confidence) for each in run.findings)


def judge(case: Case, named: Sequence[Named], *, fails: bool, fix: FixTrial | None = None) -> Judgement:
    """Judge one diagnosis. ``fails``: whether a check failed; where none did, the first latent cause is the first.

    Where a cause has several rightful names, each of them is right.
    """
    truth = {(cause.kind, cause.resource) for cause in case.causes}
    rightful = truth | {(cause.kind, cause.resource) for cause in case.equally}
    active = [each for each in named if each.state is FindingState.ACTIVE]
    latent = [each for each in named if each.state is FindingState.LATENT]
    blaming = [each for each in named if each.state in (FindingState.ACTIVE, FindingState.SUSPECTED)]
    claims = [each for each in named if each.state is not FindingState.CONSEQUENCE]
    first = next(iter(active if fails else active + latent), None)
    wrong = [each for each in active if not _is_right(each, rightful, case)]
    return Judgement(
        top1=first is not None and first.key in rightful if case.is_faulty else None,
        exact_set={each.key for each in active + latent} == truth if case.kind in (Kind.PAIR, Kind.TRIPLE) else None,
        named=len(active),
        named_rightly=len(active) - len(wrong),
        blames_wrongly=any(_is_elsewhere(each, rightful, case) for each in blaming) if case.is_faulty else None,
        names_falsely=bool(claims) if not case.is_faulty else None,
        is_honest=all(each.confidence is not Confidence.PROVEN for each in wrong) if case.kind is Kind.DENIED else None,
        expected=tuple((cause.kind, cause.resource) for cause in case.causes),
        first=first.key if first else None,
        fix=fix,
    )


def _is_right(named: Named, rightful: Collection[Key], case: Case) -> bool:
    return named.key in rightful or (case.denied is not None and named.kind == _TRUE_WHEN_DENIED)


def _is_elsewhere(named: Named, rightful: Collection[Key], case: Case) -> bool:
    at_fault = {component_of(kind, resource) for kind, resource in rightful}
    return not _is_right(named, rightful, case) and component_of(*named.key) not in at_fault
