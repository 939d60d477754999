"""The audit on the page: what was not proven never looks fine, and each number is that of audit.json."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from results.checks.audit.balances import Equation
from results.checks.audit.classes import Audit
from results.checks.audit.document import document
from results.checks.audit.model import Reading
from results.report import write_report
from results.report.files.run import finish
from results.report.html.audit import MOST, audit_part
from tests.results.checks.audits import LAST, LOST, RULE, WELL, audit, record, write
from tests.results.recording import Recording, manifest


def page(directory: Path, found: Any) -> str:
    """The section as text, one blank between its words, of a run with that audit.json."""
    Recording(duration_s=4).add("a.query", [1000] * 100).write(directory)
    text = found if isinstance(found, str) else json.dumps(found)
    (directory / "audit.json").write_text(text, encoding="utf-8")
    html = write_report(directory, finish(directory, manifest())).read_text("utf-8")
    section = re.search(r'<section id="audit">.*?</section>', html, re.DOTALL)
    return section[0] if section else ""


def words(section: str, lang: str = "en") -> str:
    other = "zh" if lang == "en" else "en"
    text = re.sub(rf'<span lang="{other}">.*?</span>', " ", section, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_whole_audit_has_its_figures_and_its_money(tmp_path: Path) -> None:
    section = page(tmp_path, audit(WELL))
    assert 'class="bad"' not in section
    told = words(section)
    assert "Everything was read back." in told
    assert "completeness 10 / 10 correctness 10 / 10" in told
    assert "declaration.submit 10 10 0 0 0 0 0" in told
    assert "declaration.submit A 10 1,000.45 10 1,000.45 0.00" in told
    assert "已全部回读" in words(section, "zh")


def test_what_was_found_is_there_with_its_money(tmp_path: Path) -> None:
    section = page(tmp_path, audit(LOST))
    told = words(section)
    assert "completeness 9 / 10" in told
    assert "lost row there→absent 1 -100.00 – there→absent" in told
    assert "丢失 整条记录 存在→缺失 1 -100.00" in words(section, "zh")
    assert "10 1,000.45 9 900.45 -100.00" in told
    assert section.count('class="n bad"') == 2, "the count of what is lost, and the difference"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (audit([], failed="HTTP 500"), "Not everything could be read back"),
        (audit(WELL, holes=("worker-1.jsonl: is missing",)), "worker-1.jsonl: is missing"),
        (audit([], writes=0), "Nothing was written."),
        ({**audit(WELL), "operations": None}, "audit.json is damaged"),
        ({**audit(WELL), "state": "perfect"}, "audit.json is damaged"),
    ],
)
def test_what_is_not_proven_does_not_look_fine(tmp_path: Path, found: dict[str, Any], told: str) -> None:
    section = page(tmp_path, found)
    assert told in words(section)
    assert 'class="warn"' in section
    assert "Everything was read back" not in section


def test_a_figure_of_nothing_is_no_hundred_percent() -> None:
    part = audit_part(audit([], writes=0))
    assert part is not None
    assert [(one["value"], one["tone"]) for one in part["figures"]] == [("–", "warn")] * 3


def test_a_whole_figure_of_an_audit_that_is_not_whole_is_marked() -> None:
    part = audit_part(audit(WELL, holes=("worker-1.jsonl: is missing",)))
    assert part is not None
    assert part["figures"][0] == {
        "name": ("completeness", "完整性"), "value": "10 / 10", "tone": "warn",
    }  # fmt: skip


def test_an_equation_that_was_not_checked_says_why(tmp_path: Path) -> None:
    account = Audit("declaration.submit", RULE).judge([write(1)], Reading([record(1)]))
    equation = Equation("due = paid", unchecked="collection.pay was not read")
    section = page(tmp_path, document("r", [account], [equation], [], LAST, 0.1, "target"))
    assert "due = paid 0 0 collection.pay was not read" in words(section)


def test_equations_of_which_nothing_was_written_stand_apart_and_broken_ones_never(tmp_path: Path) -> None:
    account = Audit("declaration.submit", RULE).judge([write(1)], Reading([record(1)]))
    equations = [Equation("due = paid", checked=3), Equation("nothing", checked=0), Equation("odd", broken=1)]
    section = page(tmp_path, document("r", [account], equations, [], LAST, 0.1, "target"))
    told = words(section)
    assert "due = paid 3 0" in told and "odd 0 1" in told
    assert "1 of which nothing was written nothing" in told
    assert "nothing 0 0" not in told
    assert "另有 1 项没有相关写入" in words(section, "zh")


def test_many_problems_are_not_cut_off_in_silence(tmp_path: Path) -> None:
    account = Audit("declaration.submit", {**RULE, "tax": None, "amounts": []}).judge(
        [write(n) for n in range(MOST + 3)], Reading([record(n, code=f"x{n}") for n in range(MOST + 3)])
    )
    told = words(page(tmp_path, document("r", [account], [], [], LAST, 0.1, "target")))
    assert "And 3 more, in audit.json." in told


def test_what_a_target_says_is_no_markup(tmp_path: Path) -> None:
    section = page(tmp_path, audit([record(0, code="<b>x"), *WELL[1:]]))
    assert "<b>x" not in section
    assert "&lt;b&gt;x" in section


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"state": 3, "counts": {}}'])
def test_a_run_whose_audit_cannot_be_read_still_has_its_page(tmp_path: Path, text: str) -> None:
    assert page(tmp_path, text) == ""


def test_a_run_without_an_audit_has_no_section(tmp_path: Path) -> None:
    assert audit_part(None) is None


def test_an_equation_of_a_shipped_target_has_its_name_in_either_language(tmp_path: Path) -> None:
    account = Audit("declaration.submit", RULE).judge([write(1)], Reading([record(1)]))
    equations = [
        Equation("申报户均已登记", checked=3, name_en="who files is registered"),
        Equation("own = own", checked=1),
    ]
    section = page(tmp_path, document("r", [account], equations, [], LAST, 0.1, "target"))
    assert '<span lang="en">who files is registered</span><span lang="zh">申报户均已登记</span>' in section
    assert '<span lang="en">own = own</span><span lang="zh">own = own</span>' in section
