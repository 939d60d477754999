"""`renhai papers --target`: a file is held to its forms as before a run; a plan without a target is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from renhai.cli.app import run_cli

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "print"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENHAI_LANG", "en")
    shutil.copytree(EXAMPLE, "print")


WRONG = {
    "another taxpayer's paper would pass": (
        "nsrsbh: nsrsbh, nsrmc: nsrmc, ",
        "",
        "says names no field with whose: true, so that another taxpayer's paper would pass",
    ),
    "a field that the form lacks": (
        "capitals: je",
        "capitalz: je",
        "says.capitalz is not a field of the form; did you mean 'capitals'?",
    ),
    "a period of one day": ("[skssqq, skssqz]", "skssqq", "names 1 value, and a period is made of 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_target_file_that_a_run_would_refuse_is_refused(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, said = WRONG[name]
    file = Path("print/target.yaml")
    file.write_text(file.read_text("utf-8").replace(before, after), encoding="utf-8")
    held = sorted(Path("print/run/papers").iterdir())
    assert run_cli(["papers", "print/run", "--target", str(file)]) == 2
    told = capsys.readouterr()
    assert said in told.err and told.err.startswith("print/target.yaml:")
    assert (told.out, sorted(Path("print/run/papers").iterdir())) == ("", held)


def test_a_run_that_names_no_target_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("papers", "audit"):
        assert run_cli([command, "print/run"]) == 2
        told = capsys.readouterr().err
        assert told == "print/run/load.py names no target; give --target NAME or FILE\n"
