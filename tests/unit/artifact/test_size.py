"""The artifact's size against Lambda's limit."""

from pathlib import Path

import pytest

from artifact import size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An artifact of 300 bytes: scipy 200 (with its libraries 260), and a module of 40."""
    for name, count in {"scipy/a.so": 150, "scipy/b/c.py": 50, "scipy.libs/d.so": 60, "six.py": 40}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * count)
    return tmp_path


def test_size__largest_packages(folder: Path) -> None:
    """A package counts with its shared libraries, and the largest comes first."""
    assert size.package_sizes_bytes(folder).most_common() == [("scipy", 260), ("six.py", 40)]


@pytest.mark.parametrize(
    ("limit", "code", "standing"),
    [(299, 1, "1 above"), (300, 0, "0 below"), (301, 0, "1 below")],
    ids=["above", "at", "below"],
)
def test_size__limit(
    folder: Path,
    limit: int,
    code: int,
    standing: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only above the limit is an error; the total and the packages are printed either way."""
    monkeypatch.setattr(size, "LIMIT_BYTES", limit)
    assert size.main([str(folder)]) == code
    printed = capsys.readouterr().out
    assert "260 scipy" in printed
    assert f"300 bytes unzipped in all, {standing} Lambda's limit of {limit}" in printed


def test_size__nothing_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing artifact is named, with what builds it; it is not an artifact of 0 bytes."""
    assert size.main([str(tmp_path / "missing")]) == 2
    assert "missing: no such folder; expected a built artifact (make build)" in capsys.readouterr().err


def test_size__limit_of_lambda() -> None:
    """The limit is Lambda's: 250 MiB unzipped."""
    assert size.LIMIT_BYTES == 250 * 2**20
