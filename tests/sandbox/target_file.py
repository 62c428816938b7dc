"""The target file of a sandbox: the packaged one, with where its hosts are on this machine."""

from pathlib import Path

import yaml

_PACKAGED = Path(__file__).resolve().parents[2] / "src" / "registry_monitor" / "targets"


def write_target(name: str, connect_to: dict[str, str], folder: Path) -> Path:
    """Copy the packaged target ``name`` into ``folder``, with ``connect_to`` added; return its path."""
    text = (_PACKAGED / f"{name}.yaml").read_text()
    path = folder / f"{name}.yaml"
    path.write_text(f"{text}\n{yaml.safe_dump({'connect_to': connect_to})}")
    return path
