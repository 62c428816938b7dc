"""JUnit XML for pipelines. It agrees with the exit code: it has failures or errors exactly when that is not 0.

FAIL and BLOCKED are failures, UNKNOWN is an error, SKIPPED is skipped. Where the target tolerates some UNKNOWN, a
HEALTHY run's are told as skipped, with their reason; so is what a gate excuses. A failure names its cause, and what
mends it.
"""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from registry_monitor.finding import Finding
from registry_monitor.model import Result, Status, SuiteName, Verdict
from registry_monitor.reports.escaping import one_line, shortened, xml_text
from registry_monitor.reports.findings import finding_by_check
from registry_monitor.run import Run

_MONITOR = "registry-monitor"  # the suite of what is wrong with the run itself


def junit(run: Run, problems: Iterable[tuple[str, str]] = (), excused: Mapping[str, str] | None = None) -> str:
    """The text of a JUnit file.

    ``problems``: what is wrong beside the checks, as name and text, such as reports that could not be written.
    ``excused``: check → why it is told as skipped though it did not pass.
    """
    explained, excused = finding_by_check(run), excused or {}
    suites = [_suite(run, suite, explained, excused) for suite in run.suite_scores]
    problems = list(problems)
    if run.verdict is Verdict.BLIND and not run.of_status(Status.UNKNOWN):
        problems.append(("coverage", "Nothing was asked: there is no data."))
    if problems:
        suites.append(_monitor_suite(run, problems))
    root = ET.Element("testsuites", {"name": xml_text(f"{_MONITOR} {run.target.name}")})
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", _seconds(run.duration_ms))
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(run: Run, suite: SuiteName, explained: Mapping[str, Finding], excused: Mapping[str, str]) -> ET.Element:
    results = [result for result in run.results if result.suite is suite]
    cases = [_case(run, result, explained.get(result.check_id), excused.get(result.check_id)) for result in results]
    return _suite_element(run, suite, cases, sum(result.duration_ms for result in results))


def _monitor_suite(run: Run, problems: list[tuple[str, str]]) -> ET.Element:
    cases = []
    for name, text in problems:
        case = ET.Element("testcase", {"classname": _MONITOR, "name": name, "time": "0.000"})
        ET.SubElement(case, "error", {"message": xml_text(one_line(text)), "type": Status.UNKNOWN})
        cases.append(case)
    return _suite_element(run, _MONITOR, cases, 0.0)


def _suite_element(run: Run, name: str, cases: list[ET.Element], duration_ms: float) -> ET.Element:
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite = ET.Element("testsuite", {"name": name, "tests": str(len(cases))})
    for attribute, tag in counts.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", _seconds(duration_ms))
    suite.set("timestamp", f"{run.started_at:%Y-%m-%dT%H:%M:%S}")
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(run, name).items():
        ET.SubElement(properties, "property", {"name": key, "value": xml_text(value)})
    suite.extend(cases)
    return suite


def _properties(run: Run, name: str) -> dict[str, str]:
    scores = {"run": run.score}
    if name in run.suite_scores:
        scores["suite"] = run.suite_scores[SuiteName(name)]
    told = {"run_id": run.run_id, "target": run.target.name, "verdict": str(run.verdict)}
    for whose, score in scores.items():
        told[f"{whose}_score_pct"] = "no data" if score.score_pct is None else f"{score.score_pct:g}"
        told[f"{whose}_coverage_pct"] = "no data" if score.coverage_pct is None else f"{score.coverage_pct:g}"
    return told


def _case(run: Run, result: Result, cause: Finding | None, excuse: str | None) -> ET.Element:
    attributes = {"classname": str(result.suite), "name": xml_text(result.check_id)}
    case = ET.Element("testcase", attributes | {"time": _seconds(result.duration_ms)})
    tag = "skipped" if excuse else _tag(run, result.status)
    if tag is not None:
        text = f"{excuse}: {result.sentence}" if excuse else result.sentence
        message = {"message": xml_text(shortened(text, 500))}
        detail = ET.SubElement(case, tag, message if tag == "skipped" else message | {"type": str(result.status)})
        told = [*_cause(cause), *filter(None, [result.trace])]
        detail.text = xml_text("\n".join(told)) or None
    return case


def _cause(finding: Finding | None) -> list[str]:
    if finding is None:
        return []
    return [
        f"Cause: {one_line(finding.statement)} ({one_line(finding.kind)}, {finding.confidence})",
        f"Fix: {one_line(finding.fix.told)}",
        f"Runbook: {one_line(finding.runbook)}",
    ]


def _tag(run: Run, status: Status) -> str | None:
    if status.is_not_passed:
        return "failure"
    if status is Status.UNKNOWN:
        return "skipped" if run.verdict is Verdict.HEALTHY else "error"
    return "skipped" if status is Status.SKIPPED else None


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"
