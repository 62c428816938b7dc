"""``python -m tests.sandbox``: it runs a command against the sandbox, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.sandbox.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
SHOW = "import os; print(os.environ['AWS_ENDPOINT_URL'], os.path.exists(os.environ['REQUESTS_CA_BUNDLE'])); exit(7)"
ASK_API = """
import os, requests, yaml
address = yaml.safe_load(open(os.environ["MONITOR_TARGET"]))["connect_to"]["api.hokusai-development.local:8001"]
print(requests.get(f"http://{address}/anything").text)
"""


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox", *arguments],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_in(folder: Path) -> list[str]:
    """List the command lines of all processes that run in ``folder`` or mention it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(folder) in line or str(folder) in str((process / "cwd").readlink()):
                found.append(line)
        except OSError:
            continue
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files with a short path that everybody may enter, as /tmp is; empty at the end."""
    path = Path(tempfile.mkdtemp(prefix="command-"))
    path.chmod(0o755)
    yield path
    path.rmdir()


def test_command__its_exit_code_and_nothing_left(folder: Path) -> None:
    """The command sees the environment, its exit code is passed on, and no process or file remains."""
    process = start(folder, "--", sys.executable, "-c", SHOW)
    output, errors = process.communicate(timeout=90)
    assert (process.returncode, output.startswith("http://127.0.0.1:"), output.endswith("True\n")) == (7, True, True)
    assert "ready after" in errors
    assert "the command ended with exit code 7" in errors
    assert (processes_in(folder), list(folder.iterdir())) == ([], [])


def test_wait__interrupted(folder: Path) -> None:
    """Without a command it prints export lines and waits; Ctrl-C ends it cleanly."""
    process = start(folder)
    assert process.stdout
    assert process.stdout.readline().startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert processes_in(folder)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert (process.returncode, processes_in(folder), list(folder.iterdir())) == (0, [], [])


def test_start__terminated(folder: Path) -> None:
    """SIGTERM in the middle of the start leaves nothing behind either."""
    process = start(folder)
    assert process.stderr
    assert process.stderr.readline() == "sandbox: AWS control plane with the healthy world\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    give_up = time.monotonic() + 5  # what was just being started ends a moment after its parent
    while processes_in(folder) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert (process.returncode, processes_in(folder), list(folder.iterdir())) == (0, [], [])


def test_replaced_api__a_team_s_own_build(folder: Path) -> None:
    """With --api-url the API's task leads to the given address."""

    class OwnBuild(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"own build: {self.path}".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), OwnBuild)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    process = start(folder, "--api-url", url, "--", sys.executable, "-c", ASK_API)
    output, errors = process.communicate(timeout=90)
    server.shutdown()
    server.server_close()
    assert output == "own build: /anything\n", errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "ECS-99"], 'There is no scenario "ECS-99"'),
        (["--platform", "head", "--scenario", "seed-2025-07-30"], "different platforms: 2025-08, head"),
        (["--platform", "2024"], "invalid choice: '2024'"),
        (["--api-url", "127.0.0.1:8001"], "--api-url must be like http://127.0.0.1:8001"),
    ],
)
def test_usage_error__exit_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong options end with exit code 2 and a sentence, before anything has started."""
    try:
        code: object = main([*arguments, "--", "true"])
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert message in capsys.readouterr().err
