"""Names and ids that are not the monitor's own, and try to pass for it: a thousand of each kind."""

import random
import string
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.torture.foreign import EXPERIMENT, MODEL, Population

HOW_MANY = 1000
type Write = tuple[str, str, dict[str, Any]]  # method, resource, body

_CONFUSABLES = str.maketrans("aeiopcrx-", "аеіорсгх‐")  # Cyrillic, and another hyphen
_SPACES = " \t\n\r\0\x0b\x1f\x7f\u00a0\u200b\u2028\ufeff"
_CLIMBS = (
    "..",
    "%2e%2e",
    "%2f..%2f",
    ".%2e",
    "..%2f",
    "..\\",
    "%5c..",
    "/",
    "//",
    ";/..",
    ".\t.",
    "..\n",
    "%252e%252e",
    "．．",
)

# Every write of the API that names something; {} is where the foreign name stands.
_OF_A_RUN = ("runs/update", "runs/delete", "runs/log-batch", "runs/log-metric", "runs/log-parameter", "runs/set-tag")
_OF_A_MODEL = (
    ("DELETE", "registered-models/delete"),
    ("PATCH", "registered-models/update"),
    ("POST", "registered-models/set-tag"),
    ("POST", "registered-models/alias"),
    ("POST", "registered-models/rename"),
    ("DELETE", "registered-models/alias"),
    ("POST", "model-versions/set-tag"),
    ("DELETE", "model-versions/delete"),
    ("PATCH", "model-versions/update"),
    ("POST", "model-versions/transition-stage"),
)


def writes_to(name: object, own_run: str, own_model: str) -> Iterator[Write]:
    """Every write that would change what has this name or id."""
    for resource in _OF_A_RUN:
        yield "POST", resource, {"run_id": name, "key": "k", "value": "v", "status": "FINISHED", "timestamp": 1}
    for method, resource in _OF_A_MODEL:
        yield method, resource, {"name": name, "version": "1", "key": "k", "value": "v", "alias": "a", "new_name": "n"}
    yield "POST", "model-versions/create", {"name": own_model, "source": "s3://theirs", "run_id": name}
    yield "POST", "model-versions/create", {"name": name, "source": "s3://theirs", "run_id": own_run}
    yield "POST", "runs/create", {"experiment_id": name}
    yield "POST", "experiments/delete", {"experiment_id": name}
    yield "POST", "experiments/update", {"experiment_id": name, "new_name": "n"}
    for method in ("PUT", "DELETE"):
        yield method, f"mlflow-artifacts/artifacts/{name}/model/MLmodel", {}


def tricks(kind: str, population: Population, own_run: str, own_model: str) -> list[Write]:
    """A thousand writes to what is not the monitor's own, all of one kind and the same each time."""
    chance = random.Random(kind)
    found: list[Write] = []
    while len(found) < HOW_MANY:
        made = KINDS[kind](chance, population, (own_run, own_model))
        found += list(writes_to(made, own_run, own_model)) if not isinstance(made, tuple) else [made]
    return found[:HOW_MANY]


type Own = tuple[str, str]


def _random(chance: random.Random, population: Population, own: Own) -> object:
    return "".join(chance.choices(string.ascii_letters + string.digits + "-_./ %", k=chance.randint(1, 40)))


def _existing(chance: random.Random, population: Population, own: Own) -> object:
    return chance.choice((*population.experiments, *population.runs, *population.models))


def _look_alike(chance: random.Random, population: Population, own: Own) -> object:
    name = list(chance.choice(own))
    place = chance.randrange(len(name))
    match chance.randrange(3):
        case 0:
            del name[place]
        case 1:
            name.insert(place, name[place])
        case _:
            name[place] = chance.choice(
                [each for each in string.ascii_lowercase + string.digits if each != name[place]]
            )
    return "".join(name)


def _confusable(chance: random.Random, population: Population, own: Own) -> object:
    name = chance.choice((*own, MODEL, EXPERIMENT))
    place = chance.randrange(len(name))
    changed = name[:place] + name[place:].translate(_CONFUSABLES)
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in name)
    combined = unicodedata.normalize("NFD", f"{name[:place]}é{name[place:]}")
    return chance.choice([each for each in (changed, wide, combined, f"\u202e{name}") if each != name])


def _prefix(chance: random.Random, population: Population, own: Own) -> object:
    name = chance.choice((*own, MODEL, EXPERIMENT))
    around = chance.choice(population.models)
    cut = name[: chance.randrange(len(name))]
    return chance.choice((cut, f"{around}/{name}", f"x{name}", f"{name}{around}", MODEL, f"{around}-{MODEL}-1"))


def _path(chance: random.Random, population: Population, own: Own) -> object:
    climb = "/".join(chance.choices(_CLIMBS, k=chance.randint(1, 4)))
    foreign = f"{chance.choice(population.experiments)}/{chance.choice(population.runs)}/artifacts"
    start = chance.choice(("", f"1/{own[0]}/artifacts/", f"1/{own[0]}/", "./"))
    path = chance.choice((f"{start}{climb}/{foreign}", f"{foreign}/{climb}", f"{start}{climb}"))
    if chance.random() < 0.5:
        return chance.choice(("PUT", "DELETE")), f"mlflow-artifacts/artifacts/{path}/x", {}
    resource = chance.choice(("runs/delete", "registered-models/delete", "runs/set-tag"))
    odd = chance.choice(
        (f"{resource}/{climb}", f"{climb}/{resource}", f"/{resource}", f"{resource};x", resource.title())
    )
    return "POST", odd, {"run_id": own[0], "name": own[1]}


def _case(chance: random.Random, population: Population, own: Own) -> object:
    name = chance.choice((own[0] + "a", own[1], MODEL))
    changed = "".join(chance.choice((each.upper(), each.lower())) for each in name)
    return changed if changed not in own and not changed.startswith(f"{MODEL}-") else name.upper()


def _white_space(chance: random.Random, population: Population, own: Own) -> object:
    name = chance.choice(own)
    place = chance.choice((0, len(name), chance.randrange(len(name))))
    return f"{name[:place]}{chance.choice(_SPACES)}{name[place:]}"


def _of_another_type(chance: random.Random, population: Population, own: Own) -> object:
    """Not a text, or more than one: what reads the body on the other side may take what the guard did not look at."""
    name, foreign = chance.choice(own), chance.choice((*population.runs, *population.models))
    odd: tuple[Any, ...] = (
        [name],
        {"name": name},
        None,
        True,
        0,
        [name, foreign],
        {foreign: name},
        "",
        b"x".hex(),
        1.5,
    )
    body = {"run_id": chance.choice(odd), "name": chance.choice(odd), "run_uuid": foreign, "runId": name}
    method, resource = chance.choice((*(("POST", each) for each in _OF_A_RUN), *_OF_A_MODEL))
    return method, resource, body


def _untold(chance: random.Random, population: Population, own: Own) -> object:
    """Writes that the monitor never makes, of what is its own, too."""
    verb = chance.choice(("restore", "rename", "delete-tag", "transition-stage", "gc", "permissions", "finalize"))
    thing = chance.choice(("experiments", "runs", "registered-models", "model-versions", "users", "logged-models"))
    method = chance.choice(("POST", "PATCH", "PUT", "DELETE", "MERGE"))
    body = {"run_id": own[0], "name": own[1], "experiment_id": chance.choice(population.experiments)}
    return method, f"{thing}/{verb}{chance.choice(('', '/', '-x'))}", body


KINDS: Mapping[str, Callable[[random.Random, Population, Own], object]] = {
    "random names": _random,
    "what is there of others, forged tags too": _existing,
    "look-alikes": _look_alike,
    "Unicode confusables": _confusable,
    "prefixes and suffixes": _prefix,
    "paths": _path,
    "case": _case,
    "white space and NUL": _white_space,
    "values of another type": _of_another_type,
    "writes that it never makes": _untold,
}
