"""Whether what is locked has known vulnerabilities: ``python -m artifact.audit``, with options of ``uv audit``.

Exit 0: none is known; 1: some are; 3: no database could be asked, so nothing is known.
"""

import subprocess
import sys
from collections.abc import Sequence

_FOUND = 1  # uv 0.13: vulnerabilities; 2: an error, such as no way to the database
_NOT_ASKED = 3


def main(options: Sequence[str] = ()) -> int:
    """Ask, with uv's own words on the terminal; the exit code."""
    command = [sys.executable, "-m", "uv", "audit", "--locked", "--preview-features", "audit-command", *options]
    ended = subprocess.run(command, check=False)  # noqa: S603 - a command of ours
    if ended.returncode in (0, _FOUND):
        return ended.returncode
    print(
        "The locked dependencies were not audited: no database of vulnerabilities could be asked (above). "
        "Nothing is known of them. Run it where https://api.osv.dev can be reached.",
        file=sys.stderr,
    )
    return _NOT_ASKED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
