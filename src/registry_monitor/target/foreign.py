"""What a target file in S3 may not say, beyond what makes it wrong: who writes one is not who deployed the monitor.

It leads to no keys but its own target's, to no map in a file and to no host of the function's own, and nothing that is
asked of AWS elsewhere. Names are judged as they stand in the file; what DNS makes of them is not known here.
"""

import ipaddress
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from registry_monitor.target.loading import root_of
from registry_monitor.target.problems import Problem, line_of, shown
from registry_monitor.target.references import places
from registry_monitor.target.schema import Target

# Every value that leads a request to a host; a test holds this against the schema.
HOSTS = (
    "services.*.public_host",
    "services.*.openapi_url",
    "calls.*.url",
    "load_balancers.*.hosts.*",
    "load_balancers.*.routes.*.url",
    "endpoints.*.url",
    "authentication.places.*.url",
    "authentication.validation.url",
    "mlflow.api_url",
    "mlflow.direct_url",
    "mlflow.serving_url",
    "mlflow.routes.*.url",
    "mlflow.host_check.url",
)
# AWS's own APIs. Load balancers, databases and caches have names there too, and are the platform's.
_OF_AWS = re.compile(r"(?<!\.elb)(?<!\.rds)(?<!\.cache)\.amazonaws\.com(\.cn)?$|\.api\.aws$")
_A_FILE = "a file here is the function's own"
_OWN = "is this machine's or its link's own; expected a host of the platform"

type _Wrong = tuple[tuple[str, ...], str]  # where in the file, and what is wrong there


def secret_of(name: str) -> str:
    """The secret of a target's keys, as the stack of the monitor lets it be read (template.yaml, ReadKeys)."""
    return f"registry-monitor/{name}"


def foreign_problems(target: Target, text: str) -> list[Problem]:
    """All that a valid target file, of which this is the text, may not say where it stands in S3."""
    wrong = [*_of_keys_and_files(target), *_of_hosts(target.model_dump(mode="json")), *_of_connections(target)]
    root = root_of(text) if wrong else None
    found = [
        Problem(line_of(root, location) if root else 0, ".".join(location), message) for location, message in wrong
    ]
    return sorted(found, key=lambda each: each.line)


def _of_keys_and_files(target: Target) -> Iterator[_Wrong]:
    secret, place = secret_of(target.name), target.terraform_map
    if target.keys.secret != secret:
        yield ("keys", "secret"), f"got '{target.keys.secret}'; expected '{secret}': a target has its own keys alone"
    if place is not None and not place.startswith("s3://"):
        yield ("terraform_map",), f"got '{place}'; expected s3://bucket/key: {_A_FILE}"
    if target.database is not None and target.database.ca_file is not None:
        told = f"got '{target.database.ca_file}'; expected none, so that the authorities of Amazon RDS are trusted"
        yield ("database", "ca_file"), f"{told}: {_A_FILE}"


def _of_hosts(document: dict[str, Any]) -> Iterator[_Wrong]:
    for path in HOSTS:
        for location, value in places(document, path):
            host = _host_in(str(value))
            if host is None:
                yield location, f"got {shown(value)}; expected a host in ASCII (xn--… for another)"
            elif is_own(host):
                yield location, f"got {shown(value)}, which {_OWN}"


def _host_in(text: str) -> str | None:
    """The host of a URL or of a bare host; None where it is none, or clients would make another one of it (IDNA)."""
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return None
    return host if host and host.isascii() else None


def _of_connections(target: Target) -> Iterator[_Wrong]:
    """What is led elsewhere may not be AWS, nor the place be this machine, where Lambda's runtime answers."""
    for source, destination in target.connect_to.items():
        host = source.rpartition(":")[0].strip("[]").lower().rstrip(".")
        if _OF_AWS.search(host):
            yield ("connect_to", source), "leads what is asked of AWS elsewhere; expected hosts of the platform alone"
        if is_own(destination.rpartition(":")[0].strip("[]")):
            yield ("connect_to", source), f"got {shown(destination)}, which {_OWN}"


def is_own(host: str) -> bool:
    """Whether a host, as it is written, is this machine or on its link: loopback, link-local, or 0.0.0.0."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or address.is_link_local or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, also as C libraries take it (127.1, 0x7f000001); None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError, ValueError):
            return None
    return getattr(address, "ipv4_mapped", None) or address
