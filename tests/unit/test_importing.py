"""The garbage collector rests while the function is imported, and works afterwards."""

import subprocess
import sys

SCRIPT = """
import gc
import registry_monitor.handler
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_imported_function__collects_garbage_of_what_it_makes_alone() -> None:
    """In a process of its own: a handler that left the collector off would grow until Lambda ends it."""
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["True", "True"]
