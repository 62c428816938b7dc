"""Other names and numbers for all that an account, a region and a product may choose: one to one, over a whole run.

Account, region, zones, public hosts, product and environment, ids, private addresses and ports become others.
Addresses keep their prefixes in common, and ports their order, so that each block and each range still holds what it
held; names of one kind keep their order, which decides between findings that are equal in all else. What AWS, MLflow
and the target's checks say besides stays as it is.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

type Json = Any

_ACCOUNT, _REGIONS = "604813572957", ("eu-central-1", "ap-south-1")
_DOMAIN = "meadow.example"
_WORDS = ("zephyr", "orchard", "thistle", "bramble")  # of the product, the environment and what else names have
_CHARACTERS = str.maketrans("0123456789abcdefghijklmnopqrstuvwxyz", "d27e50b8a4c1f693qzxwvutsrponmlkjihgy")
_MASK = int(ipaddress.ip_address("0.90.43.19"))
_PRIVATE = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
)
_EVERY_MACHINES_OWN = "127.0.0.1"
_SHIFT, _FIRST, _LAST = 1237, 1025, 30000  # ports of applications; the ephemeral ones begin with 32768
_PATTERN_OF = {
    "uuid": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "address": r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\d.]*\d)",
    "id": r"(?<=[a-z]-)[0-9a-f]{8,}\b|(?<=\bsrv-)[0-9a-z]{8,}\b|(?<![\w.])[0-9a-f]{15,}\b",
}


class Renaming:
    """The renaming of one run, made from what the run itself tells of its names."""

    def __init__(self, document: Json) -> None:
        target = document["target"]
        self._roles = {role: f"part{99 - n}" for n, role in enumerate(sorted(s["role"] for s in target["services"]))}
        self._names: dict[str, str] = {**_hosts(target), **_places(target["region"]), **_parts(target)}
        texts = "\n".join(_strings(document["inventory"]))
        told = map(int, re.findall(r"(?<=[a-z]:)\d{4,5}(?![\w-])", texts))  # after a host, such as that of a store
        self._ports = {port for port in (*_ports(document), *told) if port != self.port(port)}
        self._names |= dict.fromkeys(re.findall(r"arn:aws:[\w-]+:[\w-]*:(\d{12}):", texts), _ACCOUNT)
        self._words = dict(zip(re.findall(r"[a-z]{4,}", target["cluster"]), _WORDS, strict=False))
        self._pattern = self._compiled()
        self._known: dict[str, str] = {}

    def _compiled(self) -> re.Pattern[str]:
        names = sorted(self._names, key=len, reverse=True)
        parts = {
            "name": "|".join(rf"(?<![A-Za-z0-9]){_dotted(each)}(?![A-Za-z0-9])" for each in names),
            **_PATTERN_OF,
            "word": "|".join(rf"(?<![a-z])(?i:{each})(?![a-z])" for each in self._words),
            "port": rf"(?<![\w.])(?:{'|'.join(map(str, self._ports))})(?!\w|\.\d)",
        }
        return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in parts.items() if pattern))

    def text(self, text: str) -> str:
        """A text with all its names and numbers renamed."""
        if text not in self._known:
            self._known[text] = self._pattern.sub(self._other, text)
        return self._known[text]

    def role(self, role: str) -> str:
        """Another name for a role of the target file."""
        return self._roles.get(role, role)

    def check(self, check: str) -> str:
        """A check's id, in which a role may stand, too."""
        return _ROLE_IN_CHECK.sub(lambda found: found[1] + self.role(found[2]), self.text(check))

    @staticmethod
    def port(port: int) -> int:
        """Another port for an application's; those that standards give, and the ephemeral ones, stay."""
        return port + _SHIFT if _FIRST <= port <= _LAST else port

    def _other(self, found: re.Match[str]) -> str:
        text = found[0]
        match found.lastgroup:
            case "name":
                other = self._names[text.replace("\\", "")]
                return other.replace(".", "\\.") if "\\" in text else other
            case "word":
                other = self._words[text.lower()]
                return other.upper() if text.isupper() else other.capitalize() if text[0].isupper() else other
            case "address":
                return _address(text)
            case "port":
                return str(self.port(int(text)))
        return text.translate(_CHARACTERS)


_ROLE_IN_CHECK = re.compile(
    r"^((?:services|services_direct|infrastructure_health\.(?:service|headroom)|endpoint_availability\.discovery)\.)"
    r"([\w-]+)"
)


def _dotted(name: str) -> str:
    """A name in a pattern, whose dots may be escaped, as they are in expressions of listener rules."""
    return r"\\?\.".join(map(re.escape, name.split(".")))


def _hosts(target: Json) -> Mapping[str, str]:
    """Public hosts, and the domain that they have in common."""
    hosts = [host for balancer in target["load_balancers"] for host in balancer["hosts"]]
    domains = {host.partition(".")[2] for host in hosts}
    return {host: f"door{n}.{_DOMAIN}" for n, host in enumerate(hosts)} | dict.fromkeys(domains, _DOMAIN)


def _parts(target: Json) -> Mapping[str, str]:
    """What the target file calls by name."""
    stores = (target["redis"] or {}).get("replication_group"), (target["database"] or {}).get("instance")
    named = {each["name"] for each in (*target["services"], *target["load_balancers"])}
    named |= {each for each in (*stores, target["artifacts_bucket"]) if each}
    return {name: f"unit{n:02}" for n, name in enumerate(sorted(named))}


def _places(region: str) -> Mapping[str, str]:
    """The region, its zones, and the short code that stands in names of ElastiCache and in zones' ids."""
    other = next(each for each in _REGIONS if each != region)
    zones = {f"{region}{letter}": f"{other}{after}" for letter, after in zip("abcdef", "bcdefg", strict=True)}
    return {region: other, _code(region): _code(other), **zones}


def _code(region: str) -> str:
    """Such as use1 of us-east-1."""
    continent, side, number = region.split("-")
    return f"{continent}{side[0]}{number}"


def _address(text: str) -> str:
    """A private address or block, with the same bits turned in all: what was in a block stays in it."""
    address, slash, length = text.partition("/")
    try:
        old = ipaddress.IPv4Address(address)
    except ValueError:
        return text
    home = next((each for each in _PRIVATE if old in each), None)
    if home is None or address == _EVERY_MACHINES_OWN or int(length or 32) < home.prefixlen:
        return text
    mask = _MASK & int(home.hostmask)
    if slash and int(old) & (0xFFFFFFFF >> int(length)) == 0:  # a block: its own bits alone
        mask &= ~(0xFFFFFFFF >> int(length))
    return f"{ipaddress.IPv4Address(int(old) ^ mask)}{slash}{length}"


def _ports(value: Json, key: str = "") -> Iterator[int]:
    """Each port that a document has in a field for ports."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _ports(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _ports(each, key)
    elif is_port(key, value):
        yield value


def is_port(key: str, value: Json) -> bool:
    """Whether a field's value is a port."""
    return isinstance(value, int) and re.fullmatch(r"(\w+_)?ports?", key) is not None


def _strings(value: Json) -> Iterator[str]:
    """All texts of a document, keys too."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value
