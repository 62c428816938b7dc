"""The documents of a run in a local folder."""

import tempfile
from collections.abc import Mapping
from pathlib import Path


def write(documents: Mapping[str, str], folder: Path) -> None:
    """Write the documents into ``folder``, which is made where it is missing; other files in it stay.

    All are written aside first, then moved into their places: a full disk leaves the earlier ones whole.
    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as aside:
        for name, text in documents.items():
            (Path(aside) / name).write_text(text, encoding="utf-8", newline="\n")
        for name in documents:
            (Path(aside) / name).replace(folder / name)
