"""Compile a trimmed artifact for the function's Python: ``python3 -m artifact.precompile FOLDER``.

Lambda's file system is read-only, so Python never caches what it compiles there: each cold start would compile 650
modules, and the first full run 1,800 more. Dependencies are left as byte code alone, since source and byte code of all
of them together are over Lambda's limit; our own sources stay beside their byte code: stack traces quote them.

Exit codes: 0 compiled, 1 a file does not compile (it is named), 2 this is not the function's Python.
"""

import py_compile
import sys
from pathlib import Path
from py_compile import PycInvalidationMode, PyCompileError

from artifact.size import size_bytes

PYTHON = (3, 13)  # of the function (template.yaml); byte code is good for one minor version alone
OWN = "registry_monitor"
# A deployment's zip changes the times of files, and nothing edits them in Lambda: so neither time nor content is asked.
_NEVER_CHECKED = PycInvalidationMode.UNCHECKED_HASH


def precompile(artifact: Path) -> None:
    """Compile every module, and print the size after. Raises PyCompileError for what is no Python."""
    for source in sorted(artifact.rglob("*.py")):
        name = source.relative_to(artifact)
        is_own = name.parts[0] == OWN
        beside = None if is_own else str(source.with_suffix(".pyc"))  # where Python finds it without its source
        shown = f"/var/task/{name}"  # in stack traces: the path in Lambda, not on the machine that builds
        py_compile.compile(str(source), beside, shown, doraise=True, invalidation_mode=_NEVER_CHECKED)
        if not is_own:
            source.unlink()
    print(f"{size_bytes(artifact):>13,} bytes precompiled")


def main(arguments: list[str]) -> int:
    """Compile; the exit code."""
    if sys.version_info[:2] != PYTHON:
        have = ".".join(map(str, sys.version_info[:2]))
        print(f"python3 is Python {have}; expected the function's {'.'.join(map(str, PYTHON))}", file=sys.stderr)
        return 2
    try:
        precompile(Path(arguments[0]))
    except PyCompileError as error:
        print(error.msg, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
