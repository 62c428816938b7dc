"""What differs between two inventories of one platform: what somebody, or something, has changed in between. Pure."""

from collections.abc import Iterator

from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.settings import configured
from registry_monitor.inventory.settings.configured import Configured, value
from registry_monitor.inventory.settings.network import with_names
from registry_monitor.model import Document

_ABSENT = "absent"


class Change(Document):
    """One object of AWS that is configured otherwise than it was. ``ids``: what it is called elsewhere."""

    subject: str  # such as "rule 60 of shop:443"
    ids: tuple[str, ...]
    told: str  # such as "lets in: no more tcp/443-443 from shop-alb"

    @property
    def sentence(self) -> str:
        """The change for people."""
        return f"{self.subject}: {self.told}"


def changes(before: Inventory, now: Inventory) -> tuple[Change, ...]:
    """What changed, as far as both inventories could be read, in the order of its subjects."""
    old, new = configured(before), configured(now)
    found = [each for scope in sorted(old.keys() & new.keys()) for each in _in_scope(old[scope], new[scope])]
    names = {each.id: each.name for inventory in (before, now) for each in value(inventory.security_groups) or ()}
    named = [each.model_copy(update={"told": with_names(each.told, names)}) for each in found]
    return tuple(sorted(named, key=lambda each: (each.subject, each.told)))


def _in_scope(before: list[Configured], now: list[Configured]) -> Iterator[Change]:
    old, new = {each.title: each for each in before}, {each.title: each for each in now}
    for title in old.keys() | new.keys():
        was, is_ = old.get(title), new.get(title)
        if was is None or is_ is None:
            yield _change(was or is_, "is new" if was is None else "is gone")  # type: ignore[arg-type]  # one is there
            continue
        for what in was.settings.keys() | is_.settings.keys():
            told = _difference(was.settings.get(what, _ABSENT), is_.settings.get(what, _ABSENT))
            if told:
                yield _change(is_, f"{what}: {told}", was.ids)


def _change(each: Configured, told: str, more_ids: tuple[str, ...] = ()) -> Change:
    ids = dict.fromkeys((each.name, *each.ids, *more_ids))
    return Change(subject=each.title, ids=tuple(ids), told=told)


def _difference(was: str | frozenset[str], is_: str | frozenset[str]) -> str:
    """What differs, in words; nothing where nothing does."""
    if was == is_:
        return ""
    if isinstance(was, frozenset) and isinstance(is_, frozenset):
        lost, gained = "; ".join(sorted(was - is_)), "; ".join(sorted(is_ - was))
        parts = [f"no more {lost}" if lost else "", f"now {gained}" if gained else ""]
        return ", ".join(part for part in parts if part)
    return f"was {was}, is {is_}"
