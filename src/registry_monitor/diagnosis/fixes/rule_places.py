"""Where a rule may stand among a listener's rules so that it takes effect and leads nobody else astray. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_monitor.inventory.facts import Listener, ListenerRule
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError
from registry_monitor.target import Route

LAST = 50_000  # the highest number that AWS takes (ELB user guide, "Listener rules")


@dataclass(frozen=True)
class Aim:
    """What must hold after a change: ``wanted`` lead to their groups, and all ``others`` as before, or to theirs.

    ``groups``: the target groups of each service, by role.
    """

    wanted: tuple[Route, ...]
    others: tuple[Route, ...]
    groups: dict[str, frozenset[str]]

    def is_met(self, before: Listener, after: Listener) -> bool:
        """Whether a changed listener serves the aim."""
        return all(self.is_right(after, route) for route in self.wanted) and all(
            _taken(before, route) == _taken(after, route) or self.is_right(after, route) for route in self.others
        )

    def is_right(self, listener: Listener, route: Route) -> bool:
        """Whether a listener leads a route to its service."""
        rule = taking(listener, route)
        groups = forwarded(rule) if rule else frozenset()
        return bool(groups) and groups <= self.groups.get(route.service, frozenset())


def new_place(listener: Listener, rule: ListenerRule, aim: Aim) -> int | None:
    """The highest free number at which a new rule takes what is wanted and serves the aim; null where there is none."""
    for place in reversed(list(_free(listener.rules))):
        after = with_rule(listener, rule, place)
        takes = (taking(after, route) for route in aim.wanted)
        if all(each is not None and each.arn == rule.arn for each in takes) and aim.is_met(listener, after):
            return place
    return None


def place_behind(listener: Listener, rule: ListenerRule, aim: Aim) -> int | None:
    """The lowest free number to which a rule may move to serve the aim; null where there is none.

    It is behind its own: a rule that hides others, and moves forward, hides them still.
    """
    places = _free(without_rule(listener, rule).rules)
    return next((place for place in places if aim.is_met(listener, with_rule(listener, rule, place))), None)


def taking(listener: Listener, route: Route) -> ListenerRule | None:
    """The rule that takes a route's requests; null where it cannot be told."""
    try:
        return matching_rule(listener, Probe.of(route.url))
    except CannotTellError:
        return None


def with_rule(listener: Listener, rule: ListenerRule, place: int) -> Listener:
    """The listener with a rule at a place, new or moved there."""
    rules = [*without_rule(listener, rule).rules, rule.model_copy(update={"priority": place})]
    ordered = sorted(rules, key=lambda each: LAST + 1 if each.priority is None else each.priority)
    return listener.model_copy(update={"rules": tuple(ordered)})


def without_rule(listener: Listener, rule: ListenerRule) -> Listener:
    """The listener without one of its rules."""
    return listener.model_copy(update={"rules": tuple(each for each in listener.rules if each.arn != rule.arn)})


def forwarded(rule: ListenerRule) -> frozenset[str]:
    """The target groups that a rule forwards to."""
    return frozenset(arn for action in rule.actions for arn, weight in action.target_groups.items() if weight > 0)


def _taken(listener: Listener, route: Route) -> object:
    rule = taking(listener, route)
    return rule.actions if rule else None


def _free(rules: tuple[ListenerRule, ...]) -> Iterator[int]:
    """One free number in each gap between two rules, before the first and behind the last, in their order."""
    taken = sorted(rule.priority for rule in rules if rule.priority is not None)
    for lower, upper in zip([0, *taken], [*taken, None], strict=True):
        if upper is None and lower < LAST:
            yield min(lower + 10, LAST)
        elif upper is not None and upper - lower > 1:
            yield (lower + upper) // 2
