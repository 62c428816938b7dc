"""The same run from a terminal: ``python -m registry_monitor run|plan|validate``; for the platform's users, ``check``.

Of a platform that is not known yet, ``discover`` writes a target file. Before the first run, ``doctor`` tells whether
it would have all that it needs; after a deployment, ``gate`` whether it may stand.
Of stored runs, ``diagnose``, ``render`` and ``compare``; for the platform's pipeline, ``terraform-map``.
Of what runs keep and whom they wake, ``ack``, ``mute`` and ``rebuild-history``.

Exit codes: 0 nothing wrong, 1 the platform is failing, 2 usage or configuration (before anything has run),
3 blind (too much could not be found out, or the reports could not be written); 1 wins over 3.
Of ``gate``: 0 nothing new is wrong, 1 something is, 2 usage, 3 not known.
Of ``doctor``: 0 nothing is missing, 3 a run would be blind for something.
Of ``discover``: those of its first run, without it those of ``doctor``; 2 no file was written.
Of ``check``: 0 it works, 1 the platform, the key, the address or the client keeps the user out, 2 usage, 3 not known.
"""

import argparse
import os
import sys
import traceback
from pathlib import Path

from registry_monitor.invocation import Invocation, InvocationError, parse_event
from registry_monitor.redaction import Redactor
from registry_monitor.target import TargetError, load_target, packaged_targets
from registry_monitor.terminal.check import check_from_terminal
from registry_monitor.terminal.discover import add_discover, discover_from_terminal
from registry_monitor.terminal.doctor import doctor_from_terminal
from registry_monitor.terminal.gate import add_gate, gate_from_terminal
from registry_monitor.terminal.plan import print_plan
from registry_monitor.terminal.run import BUCKET_VARIABLE, KEY_VARIABLE, run_from_terminal
from registry_monitor.terminal.stored import compare_from_terminal, diagnose_from_terminal, render_from_terminal
from registry_monitor.terminal.terraform_map import map_from_terminal
from registry_monitor.terminal.upkeep import acknowledge_from_terminal, mute_from_terminal, rebuild_from_terminal

_OF_A_TARGET = {"doctor": doctor_from_terminal, "rebuild-history": rebuild_from_terminal}
_WITHOUT_TARGET = {
    "discover": discover_from_terminal,
    "diagnose": diagnose_from_terminal,
    "render": render_from_terminal,
    "compare": compare_from_terminal,
    "terraform-map": map_from_terminal,
    "mute": mute_from_terminal,
}
USAGE_ERROR = 2
MONITOR_FAILED = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _perform(options)
    except (TargetError, InvocationError) as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except Exception:  # noqa: BLE001 - exit code 1 would accuse the platform of what is a defect of the monitor
        given = os.environ.get(KEY_VARIABLE, "").strip()
        print(Redactor([given]).text(traceback.format_exc()), file=sys.stderr)
        return MONITOR_FAILED


def _perform(options: argparse.Namespace) -> int:
    match options.command:
        case "validate":
            target = load_target(options.file)
            print(f"{options.file}: valid; target {target.name}, {len(target.endpoints)} endpoints")
            return 0
        case "plan":
            print_plan(_invocation(options), load_target(_target_name(options)))
            return 0
        case "check":
            return check_from_terminal(options, os.environ.get(KEY_VARIABLE))
        case "gate":
            named = options.target or (None if options.function else os.environ.get("MONITOR_TARGET"))
            summary_file = os.environ.get("GITHUB_STEP_SUMMARY")
            return gate_from_terminal(_invocation(options), named, options, summary_file=summary_file)
        case "ack":
            return acknowledge_from_terminal(options, load_target(_target_name(options)), _bucket())
        case command if command in _OF_A_TARGET:
            return _OF_A_TARGET[command](load_target(_target_name(options)), _bucket())
        case command if command in _WITHOUT_TARGET:
            return _WITHOUT_TARGET[command](options)
        case _:
            invocation = _invocation(options)
            return run_from_terminal(invocation, load_target(_target_name(options)), options)


def _bucket() -> str | None:
    return os.environ.get(BUCKET_VARIABLE)


def _invocation(options: argparse.Namespace) -> Invocation:
    suites = options.suites if options.suites == "all" else options.suites.split(",")
    return parse_event({"suites": suites, "depth": options.depth, "reason": options.reason})


def _target_name(options: argparse.Namespace) -> str:
    name: str | None = options.target or os.environ.get("MONITOR_TARGET")
    if not name:
        known = ", ".join(packaged_targets())
        raise InvocationError(
            f"no target: expected --target or MONITOR_TARGET, a path or one of the packaged targets: {known}"
        )
    return name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m registry_monitor", description="Monitor a model registry.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make one run and show it")
    plan = commands.add_parser("plan", help="print the requests and AWS calls of a run, without making them")
    doctor = commands.add_parser("doctor", help="before the first run, look whether it would have all that it needs")
    gate = commands.add_parser("gate", help="after a deployment, find out whether it may stand")
    for command in (run, plan, doctor, gate):
        command.add_argument("--target", help="a packaged target's name or the path of a file (MONITOR_TARGET)")
    for command in (run, plan, gate):
        command.add_argument("--suites", default="all", help='"all", or names with commas between them')
        command.add_argument("--depth", default="full", help="light or full")
        command.add_argument("--reason", default="gate" if command is gate else "ad hoc", help="stands in the reports")
    for command in (run, gate):
        command.add_argument("--time", type=float, default=300, metavar="SECONDS", help="how long a run may take")
        command.add_argument(
            "--ask-key", action="store_true", help="prompt for the key, instead of REGISTRY_API_KEY or the secret"
        )
    add_gate(gate)
    run.add_argument("--out", type=Path, help="also write the run's files into this folder")
    run.add_argument("--json", action="store_true", help="print run.json on standard output, and nothing else")
    run.add_argument("--junit", type=Path, metavar="FILE", help="also write the results as JUnit XML")
    validate = commands.add_parser("validate", help="check a target file, and print every problem at once")
    validate.add_argument("file", help="the path of a target file, or a packaged target's name")
    add_discover(commands.add_parser("discover", help="write a target file from what AWS says of a cluster"), _bucket())
    _add_check(commands.add_parser("check", help="find out whether your key opens a registry, and if not, why"))
    _add_stored(commands)
    _add_upkeep(commands)
    return parser


def _add_upkeep(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What people do to the alarms, and to what runs keep."""
    mute = commands.add_parser("mute", help="mute the alarms of a stack for a time, and with them the notices")
    mute.add_argument("--for", dest="duration", required=True, metavar="TIME", help="such as 90m, 2h or 1d12h")
    mute.add_argument("--environment", default="development", help="of the stack (default: development)")
    ack = commands.add_parser("ack", help="acknowledge the cause of an open incident: it wakes nobody until then")
    ack.add_argument("cause", metavar="CAUSE", help="as a notice names it: kind, kind:resource, or the incident's id")
    ack.add_argument("--until", required=True, metavar="TIME", help="a duration, or a moment with its offset")
    for command in (mute, ack):
        command.add_argument("--reason", required=True, help="why: reports and notices say it")
    rebuild = commands.add_parser(
        "rebuild-history", help="make the history of 30 days anew from the runs that are kept"
    )
    for command in (ack, rebuild):
        command.add_argument("--target", help="a packaged target's name or the path of a file (MONITOR_TARGET)")


def _add_stored(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What works on documents, and asks nobody."""
    diagnose = commands.add_parser("diagnose", help="diagnose a stored run again, and show its findings")
    diagnose.add_argument("run", type=Path, metavar="RUN_JSON", help="the run.json of a run")
    diagnose.add_argument("--json", action="store_true", help="print the run.json with the findings, and nothing else")
    render = commands.add_parser("render", help="write all documents of a stored run again")
    render.add_argument("run", type=Path, metavar="RUN_JSON", help="the run.json of a run")
    render.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder to write them into; default: by the run's id"
    )
    render.add_argument("--previous", type=Path, metavar="RUN_JSON", help="an earlier run to compare it with")
    render.add_argument("--history", type=Path, metavar="HISTORY_JSON", help="what was known of thirty days")
    compare = commands.add_parser("compare", help="print what changed between two stored runs, as Markdown")
    compare.add_argument("previous", type=Path, metavar="PREVIOUS", help="the run.json of the earlier run")
    compare.add_argument("run", type=Path, metavar="CURRENT", help="the run.json of the later run of the same suites")
    compare.add_argument("--json", action="store_true", help="print the same as a JSON document")
    mapping = commands.add_parser("terraform-map", help="make the map of Terraform addresses, on standard output")
    mapping.description = (
        "Read the output of `terraform show -json` (several, one after the other, or as files), and print a JSON list "
        "of address, type, id and arn of each resource of AWS. Nothing else of a state leaves."
    )
    mapping.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: standard input")
    mapping.add_argument(
        "--state", action="store_true", help="read raw state files (terraform.tfstate, version 4) instead, of any size"
    )


def _add_check(check: argparse.ArgumentParser) -> None:
    check.description = (
        "Find out whether your key opens a model registry, and if not, why. The key comes from REGISTRY_API_KEY, "
        "a prompt, or one line of standard input. It asks a few times and only reads."
    )
    check.add_argument("--url", required=True, help="the tracking URI, such as https://registry.example.com/mlflow")
    check.add_argument("--json", action="store_true", help="print the same as a JSON document")
    check.add_argument(
        "--mlflow-version", metavar="VERSION", help="of the client that you train with; default: the one installed here"
    )
    check.add_argument("--target", metavar="FILE", help="a target file; of it, connect_to alone is used")


if __name__ == "__main__":
    sys.exit(main())
