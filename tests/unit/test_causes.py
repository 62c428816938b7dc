"""docs/causes.md: a section for each kind of cause, and commands that exist."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel

from registry_monitor.diagnosis.causes import CAUSES

GUIDE = Path("docs/causes.md")
PARTS = ["Confirm", "Mend", "Watch out", "Users"]
OF_THE_CLI = {"query", "output", "region"}  # the AWS CLI takes these with every operation
SERVICE_OF = {"s3api": "s3"}  # where the CLI and botocore name a service differently

_SECTION = re.compile(r"^### (\S+)\n\n(.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"`(aws [^`]+)`")


def sections() -> dict[str, str]:
    """Kind → text of its section, in the order of the document."""
    return dict(_SECTION.findall(GUIDE.read_text()))


def commands() -> list[str]:
    """Every command of the AWS CLI in the document, each in one line."""
    return sorted({" ".join(command.split()) for command in _COMMAND.findall(GUIDE.read_text())})


@cache
def operations(service: str) -> dict[str, OperationModel]:
    """The operations of a service by their names in the CLI."""
    model = botocore.session.get_session().get_service_model(SERVICE_OF.get(service, service))
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def problems_of(command: str) -> Iterator[str]:
    """What of a command AWS does not know: its service, its operation or an option."""
    _, service, operation, *_ = command.split()
    if service not in botocore.session.get_session().get_available_services() and service not in SERVICE_OF:
        yield f"no service {service}"
        return
    model = operations(service).get(operation)
    if model is None or model.input_shape is None:
        yield f"{service} has no operation {operation}"
        return
    known = {xform_name(member, "-") for member in model.input_shape.members} | OF_THE_CLI
    yield from (f"no option {name}" for name in re.findall(r" --([a-z0-9-]+)", command) if name not in known)
    required = {xform_name(member, "-") for member in model.input_shape.required_members}
    yield from (f"lacks {name}" for name in sorted(required) if f" --{name} " not in command)


def test_sections__are_the_kinds_of_causes_in_their_order() -> None:
    """A finding's link never leads nowhere, and no section outlives its kind."""
    headings = re.findall(r"^### (.*)$", GUIDE.read_text(), re.MULTILINE)
    assert headings == list(CAUSES)


@pytest.mark.parametrize("kind", CAUSES)
def test_section__says_what_it_is_and_has_its_four_parts(kind: str) -> None:
    """The title of the kind, how to confirm and to mend, what to watch out for and what users feel."""
    text = sections()[kind]
    assert text.startswith(f"{CAUSES[kind].title}. ")
    assert re.findall(r"^- ([A-Z][a-z ]+): ", text, re.MULTILINE) == PARTS


@pytest.mark.parametrize("kind", CAUSES)
def test_section__confirms_with_a_command_and_mends_with_the_right_resource(kind: str) -> None:
    """One command of the AWS CLI at least; the type of the resource in Terraform, or the word that there is none."""
    text = sections()[kind]
    confirm, mend = text.partition("- Confirm: ")[2].split("- Mend: ")
    assert "`aws " in confirm
    told = mend.partition("- Watch out: ")[0]
    if CAUSES[kind].terraform is None:
        assert told.startswith("no Terraform.") or kind == "service-unreachable"
    elif not kind.startswith("monitor-"):
        assert f"`{CAUSES[kind].terraform}`" in told


@pytest.mark.parametrize("command", commands())
def test_command__is_one_that_aws_knows(command: str) -> None:
    """Service, operation and options are in AWS's own models, and no required option is left out."""
    assert list(problems_of(command)) == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("aws ecz describe-services --services X", "no service ecz"),
        ("aws ecs describe-everything --cluster X", "ecs has no operation describe-everything"),
        ("aws ecs describe-services --services X --id X", "no option id"),
        ("aws ecs describe-services --cluster X", "lacks services"),
    ],
)
def test_command__that_aws_does_not_know_is_told(command: str, problem: str) -> None:
    """The test above can fail."""
    assert list(problems_of(command)) == [problem]


def test_commands__name_no_real_platform() -> None:
    """Placeholders only: a command that is copied in haste must not hit somebody's service."""
    assert not re.search(r"hokus|\d{12}", GUIDE.read_text())


@pytest.mark.parametrize("page", ["docs/causes.md", "docs/operations.md", "docs/runbook.md", "docs/suites.md"])
def test_links__lead_to_headings_that_exist(page: str) -> None:
    """Every link inside the documents has its page, and the heading that GitHub makes an anchor of."""
    for target in re.findall(r"\]\(([^)]+)\)", Path(page).read_text()):
        name, _, anchor = target.partition("#")
        if name.startswith("http"):
            continue
        there = Path("docs") / name if name else Path(page)
        headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
        assert not anchor or anchor in {_anchor(heading) for heading in headings}, f"{page}: {target}"


def _anchor(heading: str) -> str:
    """As GitHub makes it: lower case, without punctuation, a hyphen for each space."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
