"""renhai verify as people call it: exit codes, what it prints and leaves; docs/migration.md's example."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from renhai.checks.migration import whole
from renhai.cli.app import run_cli
from renhai.core.errors import UsageError
from renhai.spec.cutover.migration.loader import load_rules
from tests.checks.migration.small import OLD, RULES, written
from tests.docs.markdown import ROOT, blocks

NEW = OLD.replace("1,甲,0.10\n", "") + "1,甲,0.10\n"


def suite(here: Path) -> tuple[list[str | None], list[str]]:
    """(tests, failures and errors; what is said of each batch that is not well) of junit.xml."""
    (path,) = (here / "results" / "verifications").glob("*/junit.xml")
    root = ET.parse(path).getroot()
    told = [f"{one.tag}: {one.get('message')}" for case in root[1:] for one in case]
    return [root.get(name) for name in ("tests", "failures", "errors")], told


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    written(tmp_path / "old", {"t.csv": OLD})
    return tmp_path


def result(folder: Path) -> dict[str, object]:
    (path,) = (folder / "results" / "verifications").glob("*/verify.json")
    assert path.stat().st_mode & 0o077 == 0
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("new", "code", "verdict"),
    [(NEW, 0, "pass"), (NEW.replace("甲", "乙"), 1, "fail"), (NEW[:-1], 4, "inconclusive")],
)
def test_exit_codes(
    here: Path, new: str, code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(here / "new", {"t.csv": new})
    assert run_cli(["verify", "old", "new", "--rules", "rules.yaml"]) == code
    assert result(here)["verdict"] == verdict
    assert capsys.readouterr().out.splitlines()[-1].startswith("verify: results/verifications/")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old", "nowhere"], "nowhere: does not exist; give the folder of that side's files"),
        (["old", "old"], "old: is the old side itself"),
        (["old", "new", "--rules", "none.yaml"], "none.yaml: does not exist"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(here / "new", {"t.csv": NEW})
    rules = [] if "--rules" in arguments else ["--rules", "rules.yaml"]
    assert run_cli(["verify", *arguments, *rules]) == 2
    assert said in capsys.readouterr().err
    assert not (here / "results").exists()


def test_problems_are_said_in_chinese(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    written(here / "new", {"t.csv": NEW.replace("乙,2", "乙").encode("gbk")})
    assert run_cli(["verify", "old", "new", "--rules", "rules.yaml"]) == 4
    assert (
        "? new/t.csv:2: 第 2 列：字节 0xd2 不是合法的 utf-8（文件第 16 字节）；请在源头更正，或写明其编码"
        in capsys.readouterr().out
    )


def test_what_was_compared_before_an_interruption_is_kept(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "rules.yaml").write_text(
        "name: t\nbatches:\n  t: {key: [k]}\n  u: {key: [k]}\n", encoding="utf-8"
    )
    written(here / "new", {"t.csv": NEW, "u.csv": NEW})
    written(here / "old", {"u.csv": OLD})
    real = whole._batch

    def cut(found: whole.Verification, link: object, name: str, *rest: object) -> object:
        if name == "u":
            raise KeyboardInterrupt
        return real(found, link, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(whole, "_batch", cut)
    run_cli(["verify", "old", "new", "--rules", "rules.yaml"])
    found = result(here)
    assert [(one["name"], one["state"]) for one in found["batches"]] == [("t", "pass"), ("u", "inconclusive")]  # type: ignore[attr-defined]
    assert found["verdict"] == "inconclusive"
    assert suite(here) == (["3", "0", "2"], ["error: was not come to"])


def test_the_example_of_the_chinese_page(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    folder = ROOT / "docs" / "examples" / "migration"
    run_cli(["verify", str(folder / "old"), str(folder / "new"), "--rules", str(folder / "rules.yaml")])
    shown = capsys.readouterr().out.splitlines()
    (said,) = (one.text for one in blocks(ROOT / "docs" / "zh" / "migration.md") if one.language == "text")
    assert shown[1:-1] == said.splitlines()


def test_the_example_of_the_page(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    """docs/migration.md says what is printed of docs/examples/migration, but for the times."""
    folder = ROOT / "docs" / "examples" / "migration"
    line = ["verify", str(folder / "old"), str(folder / "new"), "--rules", str(folder / "rules.yaml")]
    assert run_cli(line) == 1
    shown = capsys.readouterr().out.splitlines()
    (said,) = (one.text for one in blocks(ROOT / "docs" / "migration.md") if one.language == "text")
    assert shown[1:-1] == said.splitlines()
    (page,) = (here / "results" / "verifications").glob("*/verify.html")
    text = page.read_text(encoding="utf-8")
    assert (
        "未通过" in text and "浏阳市业涛五金" in text and "2704.50" in text and "cleaning/arrears.csv" in text
    )
    linked = re.findall('<th scope="row"><a href="#([^"]+)">', text)
    assert linked == re.findall('<section id="([^"]+)">', text)
    assert text.count('<section id="') == 2, "a batch each, and a table of them before"
    assert suite(here) == (
        ["3", "3", "0"],
        [
            "failure: changed 2; missing 1",
            "failure: changed 1; duplicated in new 2; old with several partners 1; sums differ 2",
        ],
    )
    assert shown[0].startswith("FAIL 未通过: county, 10 old rows, 10 new, ")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("batches: {t: {key: []}}", "batches.t.key"),
        ("batches: {t: {key: [k], columns: {k: {tolerance: 1}}}}", "has tolerance, which needs type: number"),
        (
            "batches: {t: {key: [k], columns: {k: {type: number, tolerance: 1}}}}",
            "has a tolerance on k, which is a key",
        ),
        ("batches: {t: {key: [k], columns: {k: {ignore: no need}}}}", "ignores k, which is a key or a sum"),
        ("batches: {t: {key: [k], columns: {v: {ignore: ''}}}}", "must be the reason in words"),
        ("batches: {t: {key: [k], columns: {v: {ignore: made anew, trim: end}}}}", "has ignore beside trim"),
        ("batches: {t: {key: [k], columns: {v: {codes: {a: x, b: x}}}}}", "maps every code to x"),
        (
            "batches: {t: {key: [k], columns: {v: {old: V}, w: {old: V}}}}",
            "reads V of the old files, as v does",
        ),
        ("batches: {t: {key: [k], sums: {columns: [v]}}}", "sums v, which is no number here"),
        ("batches: {t: {key: [k], equations: [v]}}", "must be sums of columns on both sides of ="),
        ("batches: {t: {key: [k], equations: [v = w]}}", "adds v, which is no number here"),
        ("batches: {t: {key: [k], equations: [v = v]}}", "cannot fail: no column of it counts"),
        ("batches: {t: {key: [k], equations: [v - w = 0 + v - w]}}", "cannot fail: no column of it counts"),
        ("batches: {t: {key: [k], equations: [5 = 5]}}", "cannot fail: no column of it counts"),
        ("batches: {t: {key: [k], equations: [v = 1.5.2]}}", "adds 1.5.2, which is neither a column nor"),
        ("batches: {t: {key: [k], equations: [v = 2x]}}", "adds 2x, which is neither a column nor"),
        (
            "batches: {t: {key: [k], columns: {v: {type: date, format: {old: '%H:%M', new: '%H:%M'}}}}}",
            "has the format %H:%M, without a year",
        ),
        ("batches: {t: {key: [k], references: {k: u.k}}}", "is u; no such batch; known: t"),
        (
            "batches: {t: {key: [k], columns: {k: {type: number}}, references: {k: u.k}}, u: {key: [k]}}",
            "is u.k, of type text, and k here is of type number; give both one type",
        ),
        ("batches: {t: {key: [k], columns: {v: {type: date, format: {old: '%Q'}}}}}", "must be made of %Y"),
        (
            "batches: {t: {key: [k], columns: {v: {type: date, zone: {old: Z, new: Z}}}}}",
            "needs type: datetime",
        ),
        ("batches: {../t: {key: [k]}}", "has a batch '../t'"),
        ("batches: {t: {key: [k], alow: {}}}", "is not a known key; did you mean 'allow'?"),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(here: Path, rules: str, said: str) -> None:
    (here / "rules.yaml").write_text(f"name: t\n{rules}\n", encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load_rules(here / "rules.yaml")
    assert "rules.yaml:2: batches" in str(error.value)
    assert said in str(error.value)
