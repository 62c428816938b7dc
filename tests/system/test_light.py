"""A light run is cheap: neither mlflow nor sklearn is imported, and few requests are made."""

import os
import subprocess
import sys
from collections import Counter

from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import command, requests_since

SCRIPT = """
import sys
from registry_monitor.__main__ import main
code = main(["run", "--depth", "light"])
heavy = {"mlflow", "sklearn", "numpy", "scipy", "pandas"} & set(sys.modules)
print("heavy:", sorted(heavy), file=sys.stderr)
sys.exit(code)
"""


def test_light_run__imports_nothing_heavy_and_asks_each_host_a_few_times(sandbox: Sandbox) -> None:
    """What runs each minute must not pay for what it does not use."""
    command(sandbox, "run", "--depth", "light")  # the first run ever also makes the heartbeat's run
    before = len(requests_since(sandbox, 0))
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **sandbox.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "heavy: []" in ended.stderr
    asked = Counter(request.host for request in requests_since(sandbox, before))
    assert asked == {"auth.hokus.ai": 1, "registry.hokus.ai": 9}
