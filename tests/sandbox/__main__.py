"""Start the sandbox from a terminal: ``python -m tests.sandbox [options] [-- COMMAND ...]``.

COMMAND runs with the sandbox's environment and its exit code becomes that of this program; without one, the
environment is printed as ``export`` lines and the sandbox waits for Ctrl-C.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

from tests.sandbox.platforms import PLATFORMS
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.scenario import ScenarioError

_USAGE = 2
_INTERRUPTED = 130
_SETTLE_EVERY_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox; return the command's exit code, 0 after a wait, 2 for a usage error."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _interrupt)
    try:
        sandbox = Sandbox(
            options.platform or None,
            options.scenario,
            replaced=options.replaced,
            time_scale=options.time_scale,
            pause_scale=options.time_scale,
            progress=_say,
        )
    except ScenarioError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return _USAGE
    try:
        with sandbox:
            return _run(options.command, sandbox)
    except KeyboardInterrupt:
        return _INTERRUPTED if options.command else 0


def _run(command: list[str], sandbox: Sandbox) -> int:
    if not command:
        for name, value in sandbox.environment.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        _say("waiting for Ctrl-C")
        while True:
            time.sleep(_SETTLE_EVERY_S)  # a service of a team's own may have come or gone
            sandbox.settle()
    process = subprocess.Popen(command, env=os.environ | sandbox.environment)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(timeout=10)
        raise
    _say(f"the command ended with exit code {code}")
    return code if code >= 0 else 128 - code


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description="The platform on this machine.")
    default = os.environ.get
    parser.add_argument("--platform", choices=["", *PLATFORMS], default=default("PLATFORM", ""), help="default: head")
    parser.add_argument("--scenario", default=default("SCENARIO") or "healthy", help="NAME[+NAME]; default: healthy")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=float(default("TIME_SCALE") or 1.0),
        help="factor of the load balancers' time-outs and of the pauses between retries; default 1.0: 10 s to connect",
    )
    for role in ("api", "auth", "mlflow"):
        parser.add_argument(
            f"--{role}-url", default=default(f"{role.upper()}_URL", ""), help=f"a {role} service of your own"
        )
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="what to run against the sandbox")
    options = parser.parse_args(arguments)
    if options.platform not in PLATFORMS and options.platform:
        parser.error(f"--platform must be one of {', '.join(PLATFORMS)} (got {options.platform!r})")
    options.replaced = {}
    for role in ("api", "auth", "mlflow"):
        if text := getattr(options, f"{role}_url"):
            options.replaced[role] = _destination(parser, role, text)
    return options


def _destination(parser: argparse.ArgumentParser, role: str, text: str) -> tuple[str, int]:
    url = urlsplit(text)
    if url.scheme != "http" or not url.hostname or url.path not in ("", "/"):
        parser.error(f"--{role}-url must be like http://127.0.0.1:8001, without a path (got {text!r})")
    return url.hostname, url.port or 80


def _interrupt(*_: object) -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not cut the cleaning short
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(f"sandbox: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
