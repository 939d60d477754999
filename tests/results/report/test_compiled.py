"""Templates are compiled once, and anew when they change or when what was kept is damaged."""

from __future__ import annotations

import sys
from pathlib import Path

import jinja2
import pytest

from results.report.html.compiled import BesideThem


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "a.j2").write_text("{{ 6 * 7 }}")
    return tmp_path


def page(folder: Path, monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    made = jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(folder), bytecode_cache=BesideThem(folder)
    )
    if monkeypatch:

        def compiled(*_: object, **__: object) -> None:
            raise AssertionError("compiled anew")

        monkeypatch.setattr(made, "compile", compiled)
    return made.get_template("a.j2").render()


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").iterdir())


def test_a_template_is_compiled_once_and_anew_when_it_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page(folder) == "42"
    (file,) = kept(folder)
    assert jinja2.__version__ in file.name
    assert page(folder, monkeypatch) == "42"
    (folder / "a.j2").write_text("{{ 6 * 8 }}")
    with pytest.raises(AssertionError, match="compiled anew"):
        page(folder, monkeypatch)
    assert page(folder) == "48"
    assert kept(folder) == [file]


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_what_was_kept_and_is_damaged_is_made_anew(folder: Path, cut: int) -> None:
    assert page(folder) == "42"
    (file,) = kept(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    assert page(folder) == "42"
    assert file.read_bytes() == whole


def test_nothing_is_kept_where_python_keeps_nothing_or_nothing_can_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert page(folder) == "42"
    assert not (folder / "__pycache__").exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (folder / "__pycache__").write_text("a file stands there")
    assert page(folder) == "42"
    assert (folder / "__pycache__").read_text() == "a file stands there"
