"""The pages of a fleet, and the notice of a broken target file. Pure."""

from collections.abc import Mapping

from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.problems import Problem, problems_of, unwatched_critical
from registry_monitor.fleet.visits import VisitState
from registry_monitor.incident import Step
from registry_monitor.reports.escaping import shortened
from registry_monitor.reports.notice import Notice, subject_line
from registry_monitor.reports.page_values import page_environment

PAGES = {"latest/index.html": "page/fleet.html.j2", "public/index.html": "page/fleet_public.html.j2"}
_MOST_PROBLEMS = 40
_MOST_NAMES = 12  # of targets, of one problem
_MOST_TARGETS = 60  # of one state
_LONGEST_LINE = 700


def fleet_pages(document: FleetDocument) -> dict[str, str]:
    """Name below ``fleet/`` → page: one for operators, and one for third parties, which has figures alone."""
    problems = problems_of(document)
    counts = {state: len(document.of_state(state)) for state in VisitState}
    values = {
        "document": document,
        "problems": problems[:_MOST_PROBLEMS],
        "left_out": len(problems) - _MOST_PROBLEMS,
        "counts": counts,
        "verdict": _verdict(counts),
        "unwatched": unwatched_critical(document),
        "without_verdict": [each for each in document.targets if each.state.is_silent],
        "troubled": [each for each in document.targets if each.trouble],
        "MOST_NAMES": _MOST_NAMES,
        "MOST_TARGETS": _MOST_TARGETS,
        "shared_told": shared_told,
        "headline": headline,
    }
    return {name: page_environment().get_template(template).render(values) for name, template in PAGES.items()}


def headline(problem: Problem) -> str:
    """What is wrong; of several targets by the cause alone: its words for one would name the service of the first."""
    if problem.kind is None or not problem.is_shared:
        return problem.statement
    cause = problem.kind.replace("-", " ").capitalize()
    return f"{cause}: {problem.resource}" if problem.resource else cause


def shared_told(problem: Problem) -> str:
    """Where a problem is: "at 12 targets, on the same resource"."""
    if len(problem.targets) == 1:
        return "at 1 target"
    where = "with the same resource" if problem.resource else "at once, each with its own"
    return f"at {len(problem.targets)} targets, {where}"


def broken_file_notice(target: str, told: tuple[str, ...], fleet: str) -> Notice:
    """What the team is told of a target file that is invalid: each line, and that no other target suffers."""
    lines = [
        f"The target {target} of the fleet {fleet} is not watched: its file is invalid.",
        "",
        *(shortened(line, _LONGEST_LINE) for line in told),
        "",
        "Mend the file and upload it; all other targets are watched as before.",
    ]
    return _of_files(f"TARGET FILE {target}: {told[0]}", lines, f"{fleet}/{target}/target-file")


def broken_files_notice(told: Mapping[str, tuple[str, ...]], fleet: str) -> Notice:
    """What the team is told where many target files are invalid at once: how many, and of the first ones what."""
    first = [f"{name}: {shortened(lines[0], _LONGEST_LINE)}" for name, lines in list(told.items())[:_MOST_NAMES]]
    more = [f"and {len(told) - len(first)} more, on the fleet's page"] if len(told) > len(first) else []
    lines = [
        f"{len(told)} targets of the fleet {fleet} are not watched: their files are invalid.",
        "",
        *first,
        *more,
        "",
        "So many at once have a common cause: an upload, or a new version of the monitor.",
        "All other targets are watched as before.",
    ]
    return _of_files(f"TARGET FILES of {len(told)} targets are invalid: fleet {fleet}", lines, f"{fleet}/target-files")


def _of_files(subject: str, lines: list[str], incident: str) -> Notice:
    body = "\n".join([*lines, "Runbook: docs/runbook.md#fleet-unwatched"]) + "\n"
    return Notice(subject=subject_line(subject), body=body, incident=incident, step=Step.OPENED)


def _verdict(counts: dict[VisitState, int]) -> str:
    """The fleet in one word, which is a class of the style sheet too."""
    if counts[VisitState.FAILING]:
        return "FAILING"
    return "BLIND" if counts[VisitState.NOT_RUN] or counts[VisitState.BLIND] or not any(counts.values()) else "HEALTHY"
