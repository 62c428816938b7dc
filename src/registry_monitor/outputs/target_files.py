"""The target files of a fleet, in the bucket of the reports, and the manifest that says which targets are watched.

``fleet/targets/<name>.yaml``: one file a target. ``fleet/manifest.json``: a JSON array of objects
``{"target": name, "critical": bool, "delay_s": 0 to 45}``, sorted by name; who starts the fleet's runs reads it. A file
is written before the manifest names it, and the manifest forgets it before it is deleted: it never names one in vain.
Both are written over what was read alone (``state_store.py``), so that two people at once lose nothing. Of one who
uploads and one who withdraws the same, each looks last at what the other one writes first: so one of them sees it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from registry_monitor.model import FLEET, Document
from registry_monitor.outputs.state_store import S3StateStore, StateError, load, update

MANIFEST = "manifest.json"
LATEST_START_S = 45  # into the minute: the rest of it is left to whoever starts the runs
_BROKEN = "correct it, or delete it and upload all target files again, with --critical those that are"


class Watched(Document):
    """One target of the fleet. ``critical``: it has alarms of its own. ``delay_s``: of its runs, after the minute."""

    target: str
    critical: bool = False
    delay_s: int = Field(ge=0, le=LATEST_START_S)


class Manifest(RootModel[tuple[Watched, ...]]):
    """The targets of the fleet, sorted by name."""

    model_config = ConfigDict(frozen=True)

    root: tuple[Watched, ...] = ()

    @property
    def by_name(self) -> dict[str, Watched]:
        """Each target by its name."""
        return {each.target: each for each in self.root}


def delay_s(name: str) -> int:
    """When in its minute a target's runs begin: stable for a name, and evenly spread over many."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % (LATEST_START_S + 1)


@dataclass(frozen=True)
class Uploaded:
    """What became of one file. ``was_critical``: null where the manifest had no such target."""

    name: str
    file: Literal["new", "changed", "unchanged"]
    is_critical: bool
    was_critical: bool | None


class TargetFiles:
    """The target files of one bucket. Each method raises StateError where the bucket keeps it from what it does."""

    def __init__(self, bucket: str, s3_client: Any = None) -> None:
        self._files = S3StateStore(bucket, FLEET, None, s3_client, folder="targets")
        self._manifest = S3StateStore(bucket, FLEET, None, s3_client, folder="")

    def upload(self, texts: Mapping[str, str], *, critical: bool | None) -> list[Uploaded]:
        """Put valid files, by the names of their targets, and have them watched.

        ``critical``: null leaves each as it is; a new one is not.
        """
        load(self._manifest, MANIFEST, Manifest, _BROKEN)  # before anything is written
        done = {name: self._put(name, text) for name, text in texts.items()}
        before: dict[str, Watched] = {}

        def watching(known: Manifest) -> Manifest:
            before.clear()
            before.update(known.by_name)
            return _sorted(known.by_name | {name: _watched(name, critical, before.get(name)) for name in texts})

        after = update(self._manifest, MANIFEST, Manifest, watching, remedy=_BROKEN).by_name
        for name, text in texts.items():
            if self._files.head(_file(name)) is None:  # somebody else has withdrawn it meanwhile
                self._put(name, text)
        return [
            Uploaded(name, file, after[name].critical, before[name].critical if name in before else None)
            for name, file in done.items()
        ]

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Those of some names that neither the manifest nor a file has."""
        watched = load(self._manifest, MANIFEST, Manifest, _BROKEN).by_name
        return [name for name in names if name not in watched and self._files.head(_file(name)) is None]

    def withdraw(self, names: Iterable[str]) -> None:
        """Have targets watched no longer, and delete their files. Raises StateError also where one is watched again."""
        gone = set(names)

        def forgetting(known: Manifest) -> Manifest:
            return _sorted({name: each for name, each in known.by_name.items() if name not in gone})

        update(self._manifest, MANIFEST, Manifest, forgetting, remedy=_BROKEN)
        for name in sorted(gone):
            self._files.delete(_file(name))
        if again := sorted(gone & load(self._manifest, MANIFEST, Manifest, _BROKEN).by_name.keys()):
            told = "was uploaded by somebody else just now, and may have no file any more: have it uploaded again"
            raise StateError(f"{', '.join(again)} {told}")

    def _put(self, name: str, text: str) -> Literal["new", "changed", "unchanged"]:
        stored = self._files.read(_file(name))
        if stored.text == text:
            return "unchanged"
        if not self._files.write(_file(name), text, stored, {}):
            raise StateError(f"{_file(name)} was written by somebody else just now: look at it, and upload again")
        return "new" if stored.text is None else "changed"


def _file(name: str) -> str:
    return f"{name}.yaml"


def _watched(name: str, critical: bool | None, known: Watched | None) -> Watched:
    is_critical = critical if critical is not None else known is not None and known.critical
    return Watched(target=name, critical=is_critical, delay_s=delay_s(name))


def _sorted(watched: Mapping[str, Watched]) -> Manifest:
    return Manifest(tuple(watched[name] for name in sorted(watched)))
