"""What the artifact is built from agrees with the lock and with the code."""

import os
import re
import subprocess
import tomllib

from artifact.trim import AWS_SERVICES
from tests.artifact.emulator import ROOT

EXPORT = "export --frozen --no-default-groups --no-emit-project --no-hashes --no-annotate --no-header"


def test_requirements__are_those_of_the_lock() -> None:
    """src/requirements.txt is what uv.lock says of the project itself: no groups, no extras."""
    asked = [str(ROOT / ".venv/bin/uv"), *EXPORT.split()]
    kept = os.environ | {"UV_PREVIEW_FEATURES": "package-conflicts"}
    locked = subprocess.run(asked, cwd=ROOT, env=kept, capture_output=True, text=True, check=True).stdout
    committed = (ROOT / "src" / "requirements.txt").read_text(encoding="utf-8")
    assert committed == locked, "src/requirements.txt differs from uv.lock: run `make requirements`"


def test_requirements__uv_is_one_version() -> None:
    """The uv that the Makefile installs is the one that the dev group keeps."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [pinned] = [each for each in project["dependency-groups"]["dev"] if each.startswith("uv==")]
    assert f"UV_VERSION := {pinned.removeprefix('uv==')}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_aws_services__are_those_that_the_code_asks() -> None:
    """The artifact describes each AWS service that a client is made for, and no other; a gate runs elsewhere."""
    paths = [path for path in (ROOT / "src/registry_monitor").rglob("*.py") if path.name != "deployed.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    assert set(re.findall(r'(?:client\w*|here|reading)\(\s*"([a-z0-9-]+)"', code)) == AWS_SERVICES
