"""What an extra brings is asked for by name."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.core.extras import EXTRAS, needed
from renhai.reference.storage.opening import NoDatabase, open_storage

HOME = Path(__file__).resolve().parents[2]


def test_the_table_is_that_of_pyproject() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        (re.split(r"[^\w.]", line.replace("-", "_"), maxsplit=1)[0], extra)
        for extra, lines in project["optional-dependencies"].items()
        for line in lines
        if extra != "test"
    }
    assert set(EXTRAS.items()) == declared


@pytest.mark.parametrize("module", EXTRAS)
def test_a_package_that_is_missing_is_asked_for_by_its_extra(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        needed(module, "this")
    assert str(caught.value) == f"this needs {module}; python -m pip install 'renhai[{EXTRAS[module]}]'"


def test_a_defect_inside_a_package_is_not_taken_for_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reportlab.py").write_text("import no_such_thing\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "reportlab", raising=False)
    with pytest.raises(ModuleNotFoundError, match="no_such_thing"):
        needed("reportlab", "this")


def test_postgresql_without_its_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "renhai.reference.storage.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(NoDatabase) as caught:
        open_storage("postgresql://tax:secret@db/tax")
    assert str(caught.value) == (
        "--database postgresql://tax:***@db/tax needs asyncpg; python -m pip install 'renhai[postgres]'"
    )
