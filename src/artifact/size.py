"""Check a built artifact against Lambda's limit: ``python -m artifact.size FOLDER`` prints where its bytes are.

Exit codes: 0 within the limit, 1 above it, 2 no such folder.
"""

import sys
from collections import Counter
from pathlib import Path

# AWS Lambda developer guide, "Lambda quotas": 250 MB (MiB) unzipped, all layers included.
LIMIT_BYTES = 262_144_000
SHOWN_PACKAGES = 10


def size_bytes(folder: Path) -> int:
    """The bytes of all files below a folder, as Lambda counts them: contents, not disk blocks."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def package_sizes_bytes(artifact: Path) -> Counter[str]:
    """The bytes of each top-level package; the shared libraries beside it (``scipy.libs``) count with it."""
    sizes: Counter[str] = Counter()
    for path in artifact.rglob("*"):
        if path.is_file():
            top = path.relative_to(artifact).parts[0]
            sizes[top.removesuffix(".libs")] += path.stat().st_size
    return sizes


def report(artifact: Path) -> str:
    """The ten largest packages, the total, and how that stands to the limit."""
    total = size_bytes(artifact)
    lines = [f"{size:>13,} {name}" for name, size in package_sizes_bytes(artifact).most_common(SHOWN_PACKAGES)]
    left = LIMIT_BYTES - total
    standing = f"{left:,} below" if left >= 0 else f"{-left:,} above"
    lines.append(f"{total:>13,} bytes unzipped in all, {standing} Lambda's limit of {LIMIT_BYTES:,}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the report; the exit code."""
    artifact = Path(arguments[0])
    if not artifact.is_dir():
        print(f"{artifact}: no such folder; expected a built artifact (make build)", file=sys.stderr)
        return 2
    print(report(artifact))
    return 0 if size_bytes(artifact) <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
