"""`discover`: a target file from what AWS says of a cluster, what it still needs, and the first light run with it."""

import argparse
import sys
from pathlib import Path

from registry_monitor.discovery import DiscoveryError, Draft, Wish, discover, ingress_terraform, notes_of, target_text
from registry_monitor.inventory.cluster import read_cluster
from registry_monitor.inventory.credentials import find_region
from registry_monitor.inventory.facts import Known, Unknown
from registry_monitor.invocation import parse_event
from registry_monitor.redaction import Redactor
from registry_monitor.target import Target, load_target, parse_target
from registry_monitor.terminal.doctor import doctor_from_terminal
from registry_monitor.terminal.run import run_from_terminal

USAGE_ERROR = 2
_LIGHT = {"suites": "all", "depth": "light", "reason": "discover"}


def add_discover(command: argparse.ArgumentParser, reports_bucket: str | None) -> None:
    """The command's options. ``reports_bucket``: of the environment, where there is one."""
    command.description = (
        "Write a target file from what AWS says of an ECS cluster; tell what a person must fill in, what a run would "
        "lack and which ports it needs; and make the first light run. Of AWS it only reads, and of secrets no value."
    )
    command.add_argument("--cluster", required=True, metavar="NAME", help="the ECS cluster")
    command.add_argument("--region", help="of AWS; default: that of your AWS settings")
    command.add_argument(
        "--host", metavar="URL", help="https://HOST of the public API, or MLflow's whole address: what serves it alone"
    )
    command.add_argument("--mlflow", metavar="SERVICE", help="the ECS service that runs MLflow, where AWS cannot tell")
    command.add_argument("--out", dest="file", type=Path, metavar="FILE", help="default: the cluster's name, .yaml")
    command.add_argument("--no-run", action="store_true", help="leave the first light run out")
    command.add_argument("--ask-key", action="store_true", help="prompt for the key that the first run sends")
    command.add_argument("--target", metavar="FILE", help="a target file; of it, connect_to alone is used, and kept")
    command.set_defaults(bucket=reports_bucket)
    command.set_defaults(json=False, out=None, junit=None, time=60.0)  # of the first run


def discover_from_terminal(options: argparse.Namespace) -> int:
    """Write the file, and look what it is worth; the exit code: that of the first run, or of `doctor`; 2 no file.

    Raises TargetError where the file of ``--target`` cannot be used.
    """
    try:
        draft = _draft(options)
        path, target = _write(draft, options.file)
    except DiscoveryError as error:
        print(f"discover: {Redactor().text(str(error))}", file=sys.stderr)
        return USAGE_ERROR
    _tell(draft, path)
    print("What a run with it would have (doctor):\n")
    code = doctor_from_terminal(target, options.bucket)
    if draft.ingress:
        print(f"\nThe ports that the monitor needs, as Terraform:\n\n{ingress_terraform(draft.ingress)}")
    if options.no_run or not draft.is_whole:
        before = "Make it with" if draft.is_whole else "Fill in what the file lacks, and make it with"
        print(f"\nNo run was made. {before}: python -m registry_monitor run --depth light --target {path}")
        return code
    print("\nThe first light run:\n")
    return run_from_terminal(parse_event(_LIGHT), target, options)


def _draft(options: argparse.Namespace) -> Draft:
    if options.file is not None and options.file.exists():
        raise DiscoveryError(_exists(options.file))
    wish = Wish(options.host, options.mlflow)
    _ = wish.url  # refused before AWS is asked
    connect_to = load_target(options.target).connect_to if options.target else {}
    region = Known(value=options.region, source="--region") if options.region else find_region()
    if isinstance(region, Unknown):
        raise DiscoveryError(region.reason)
    print(f"Reading what AWS says of cluster {options.cluster} in {region.value} …")
    return discover(read_cluster(options.cluster, region.value), wish, connect_to)


def _write(draft: Draft, wanted: Path | None) -> tuple[Path, Target]:
    """Write what is valid, over nothing. Raises DiscoveryError."""
    path = wanted or Path(f"{draft.name.value}.yaml")
    text = Redactor(cap=sys.maxsize).text(target_text(draft))
    target = parse_target(text, source=str(path))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise DiscoveryError(_exists(path)) from None
    except OSError as error:
        raise DiscoveryError(f"{path} could not be written ({error}): name another with --out FILE") from error
    return path, target


def _exists(path: Path) -> str:
    return f"{path} exists, and is not overwritten: name another with --out FILE"


def _tell(draft: Draft, path: Path) -> None:
    services, endpoints = len(draft.services), len(draft.endpoints)
    print(f"{path}: written; target {draft.name.value}, {services} services, {endpoints} endpoints")
    redactor = Redactor()
    for title, notes in notes_of(draft):
        print(f"\n{title}:")
        for note in notes:
            print(f"  - {redactor.text(' '.join(note.split()))}")
    print()
