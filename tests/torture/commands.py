"""The terminal's commands on a hostile platform, each with a key in the environment, on standard input or in a file."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.sandbox import Sandbox
from tests.torture.watching import command, files_in
from tests.unit.terraform.states import CANARY, RandomState

_A_PERSONS_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "fake-person-access-key-id"}  # who lists a bucket; the role may not
_HOST = "https://registry.hokus.ai/api/mlflow"


@dataclass(frozen=True)
class Commanded:
    """What came of a command: all that it wrote; ``expected``: exit codes that are right; ``secrets``: planted ones."""

    exit_code: int
    outputs: dict[str, str]
    expected: tuple[int, ...]
    secrets: tuple[str, ...] = ()


type Command = Callable[[Sandbox, Path], Commanded]


def _asked(
    *arguments: str, expected: tuple[int, ...] = (1,), given: bool = False, in_environment: bool = True
) -> Command:
    """A command that asks the platform; ``given``: the key comes on standard input."""

    def run(sandbox: Sandbox, folder: Path) -> Commanded:
        key = sandbox.world.secrets.monitor_key
        variables = sandbox.environment | ({"REGISTRY_API_KEY": key} if in_environment else {})
        variables |= _A_PERSONS_CREDENTIALS if arguments[0] == "rebuild-history" else {}
        filled = [each.format(folder=folder, target=sandbox.target_path) for each in arguments]
        code, outputs = command(filled, variables, f"{key}\n" if given else "")
        return Commanded(code, outputs | files_in(folder), expected)

    return run


def _of_a_stored_run(*arguments: str) -> Command:
    """A run is made and stored first; then the command is given its run.json."""

    def run(sandbox: Sandbox, folder: Path) -> Commanded:
        first, outputs = command(["run", "--depth", "light", "--out", str(folder)], sandbox.environment)
        assert first == 1, outputs
        filled = [each.format(run=folder / "run.json", folder=folder / "again") for each in arguments]
        code, outputs = command(filled, sandbox.environment)
        return Commanded(code, outputs | files_in(folder), (0, 1))

    return run


def _of_a_state(*arguments: str, spoil: bool, raw: bool) -> Command:
    def run(sandbox: Sandbox, folder: Path) -> Commanded:
        made = RandomState(11)
        text = json.dumps(made.state if raw else made.shown)
        path = folder / "terraform.tfstate"
        path.write_text(text[: len(text) // 2] if spoil else text)
        code, outputs = command(["terraform-map", *arguments, str(path)], sandbox.environment)
        return Commanded(code, outputs, (2,) if spoil or raw != ("--state" in arguments) else (0,), (CANARY,))

    return run


def _bad_target(sandbox: Sandbox, folder: Path) -> Commanded:
    """A URL with a password in it, and a key where an id should be."""
    key = sandbox.world.secrets.monitor_key
    path = folder / "target.yaml"
    text = sandbox.target_path.read_text()
    path.write_text(text.replace("https://auth.hokus.ai/health", f"https://user:{key}@auth.hokus.ai/health"))
    code, outputs = command(["validate", str(path)], sandbox.environment)
    return Commanded(code, outputs, (2,))


COMMANDS: Mapping[str, Command] = {
    "run": _asked("run", "--depth", "light", "--out", "{folder}", "--junit", "{folder}/junit.xml"),
    "run, full": _asked("run", "--out", "{folder}", "--junit", "{folder}/junit.xml", "--time", "90"),
    "run --json": _asked("run", "--depth", "light", "--json"),
    "run, keys of the secret": _asked("run", "--depth", "light", "--out", "{folder}", in_environment=False),
    "plan": _asked("plan", expected=(0,)),
    "doctor": _asked("doctor", expected=(0, 3)),
    "check": _asked("check", "--url", _HOST, "--target", "{target}", expected=(1, 3)),
    "check --json": _asked("check", "--url", _HOST, "--json", "--target", "{target}", expected=(1, 3)),
    "check, the key on standard input": _asked(
        "check", "--url", _HOST, "--target", "{target}", expected=(1, 3), given=True, in_environment=False
    ),
    "gate": _asked("gate", "--depth", "light", "--out", "{folder}", "--wait", "0", expected=(1, 3)),
    "diagnose": _of_a_stored_run("diagnose", "{run}"),
    "diagnose --json": _of_a_stored_run("diagnose", "{run}", "--json"),
    "render": _of_a_stored_run("render", "{run}", "--out", "{folder}"),
    "terraform-map": _of_a_state(spoil=False, raw=False),
    "terraform-map --state": _of_a_state("--state", spoil=False, raw=True),
    "terraform-map of a raw state": _of_a_state(spoil=False, raw=True),
    "terraform-map of half a state": _of_a_state("--state", spoil=True, raw=True),
    "validate": _bad_target,
    "rebuild-history": _asked("rebuild-history", expected=(0, 3)),
}
