"""The map of Terraform addresses: which resource of AWS stands where in the platform's code."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from registry_monitor.finding import Terraform
from registry_monitor.model import Document
from registry_monitor.target.fields import TERRAFORM_ADDRESS
from registry_monitor.terraform.ids import names_asked, names_of

TERRAFORM_MAP, TARGET_FILE, RESOURCE_TYPE = "terraform map", "target file", "resource type"
_MODULES = re.compile(r'(?:module\.[^.\[]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)*')
_OTHER_NAMES = {
    "aws_alb": "aws_lb",
    "aws_alb_listener": "aws_lb_listener",
    "aws_alb_listener_rule": "aws_lb_listener_rule",
    "aws_alb_target_group": "aws_lb_target_group",
}
_SHAPES = {
    "address": (re.compile(TERRAFORM_ADDRESS), "an address such as module.api.aws_ecs_service.this[0]"),
    "type": (re.compile(r"[a-z0-9_]+"), "a type such as aws_ecs_service"),
    "id": (re.compile(r".{1,2048}"), "a line of at most 2048 characters, or null"),
    "arn": (re.compile(r"arn:.{1,2044}"), "an ARN, or null"),
}
_MOST_PROBLEMS = 20


class TerraformMapError(Exception):
    """A map that cannot be used, with every problem in it."""


class MappedResource(Document):
    """One resource. ``id``: of the provider's making, see ``ids``; null where the provider or AWS has none.

    What its fields look like is judged where a map is read (``problems_of``): in a stored run they are redacted.
    """

    address: str
    type: str
    id: str | None
    arn: str | None


class TerraformMap(Document):
    """What the pipeline knows of its resources; without any, addresses come from the target file or from the type."""

    resources: tuple[MappedResource, ...] = ()

    def of_types(self, types: Iterable[str]) -> "TerraformMap":
        """The map without all other types: a run keeps only what its findings may name."""
        wanted = frozenset(types)
        return TerraformMap(
            resources=tuple(each for each in self.resources if _OTHER_NAMES.get(each.type, each.type) in wanted)
        )

    def address_of(
        self, arn_or_id: str | None, resource_type: str, of_target: str | None = None, beside: tuple[str, ...] = ()
    ) -> Terraform:
        """The address of a resource, and honestly how it was found; never a guess.

        ``arn_or_id``: its ARN, the id that the AWS provider gives it, the id by which it would be imported
        (``rtb-1_0.0.0.0/0``, ``acl-1:100:tcp:false``, ``role:policy``), or the name of a service, load balancer,
        secret, DB instance or host; null where there is none. ``of_target``: what the target file says of it.
        ``beside``: ARNs or ids of neighbours, the nearest first: a resource that is absent would stand in their
        module.
        """
        if arn_or_id and (address := self._address(arn_or_id, resource_type)):
            return Terraform(address=address, found_in=TERRAFORM_MAP)
        if of_target:
            return Terraform(address=of_target, found_in=TARGET_FILE)
        for name in beside:
            if neighbours := self._of_any_type.get(name):
                neighbour = min(neighbours)
                if len({_module(each) for each in neighbours}) == 1:
                    found_in = f"{RESOURCE_TYPE}, beside {neighbour} in the {TERRAFORM_MAP}"
                    return Terraform(address=_module(neighbour) + resource_type, found_in=found_in)
        return Terraform(address=resource_type, found_in=RESOURCE_TYPE)

    def _address(self, arn_or_id: str, resource_type: str) -> str | None:
        """The one address of this name; None where there are several, or none."""
        for name in names_asked(resource_type, arn_or_id):
            if len(found := self._by_name.get((resource_type, name), set())) == 1:
                return min(found)
        return None

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], set[str]]:
        """Addresses by type and name."""
        named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for resource in self.resources:
            resource_type = _OTHER_NAMES.get(resource.type, resource.type)
            for name in names_of(resource_type, resource.id, resource.arn):
                named[resource_type, name].add(resource.address)
        return dict(named)

    @cached_property
    def _of_any_type(self) -> dict[str, set[str]]:
        """Addresses by id and ARN alone: a bare name would be that of resources of several types."""
        named: dict[str, set[str]] = defaultdict(set)
        for resource in self.resources:
            for name in filter(None, (resource.id, resource.arn)):
                named[name].add(resource.address)
        return dict(named)


def parse_map(text: str) -> TerraformMap:
    """Validate the text of a map. Raises TerraformMapError with all problems; none quotes the text.

    Somebody may have put the state itself in the map's place, and a state holds secrets.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise TerraformMapError("is not valid JSON; expected what the command terraform-map writes") from None
    if not isinstance(document, list):
        raise TerraformMapError(
            "is no list; expected what the command terraform-map writes (is it the state itself? then take it away: "
            "it holds secrets)"
        )
    problems = [f"resource {number}{problem}" for number, each in enumerate(document) for problem in problems_of(each)]
    if problems:
        more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
        raise TerraformMapError("; ".join(problems[:_MOST_PROBLEMS]) + more)
    return TerraformMap(resources=tuple(MappedResource(**each) for each in document))


def problems_of(resource: object) -> Iterator[str]:
    """What keeps a value of JSON from being one resource of a map; no problem quotes it."""
    if not isinstance(resource, dict):
        yield " is no object, expected one with address, type, id and arn"
        return
    if resource.keys() - MappedResource.model_fields.keys():
        yield " has a key that is none of address, type, id, arn"
    for name, (_, expected) in _SHAPES.items():
        if name not in resource:
            yield f" lacks {name}"
        elif not is_fit(name, resource[name]) and not (resource[name] is None and name in ("id", "arn")):
            yield f": {name} is not {expected}"


def is_fit(name: str, value: object) -> bool:
    """Whether a value looks like what a map has under this name."""
    return isinstance(value, str) and _SHAPES[name][0].fullmatch(value) is not None


def _module(address: str) -> str:
    """The modules of an address, with the dot behind them; empty for the root module."""
    found = _MODULES.match(address)
    return found[0] if found else ""
