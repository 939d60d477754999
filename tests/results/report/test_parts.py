"""Parts of pages: what did not hold stands apart from what held, and what is wrong has its colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from results.checks.papers.document import COUNTS
from results.report.files.comparison import make_directory
from results.report.html.audit import audit_part
from results.report.html.checks.migration import _shown
from results.report.html.comparison import write_comparison
from results.report.html.page import _thresholds, environment
from results.report.html.papers import papers_part
from tests.results.report.coloured import EVERY, comparison, run, threshold


def test_a_threshold_that_held_is_never_among_those_that_did_not() -> None:
    rows = [
        threshold(True, 60.0, "a.far"),
        threshold(None, None, "c.unjudged"),
        threshold(True, 90.0, "b.near"),
        threshold(False, 174.0, "d.broken"),
    ]
    found = _thresholds(run(thresholds=rows))
    assert [row.subject for row in found["broken"]] == ["d.broken", "c.unjudged"]
    assert [row.subject for row in found["held"]] == ["a.far", "b.near"]
    assert [(row.subject, more) for row, more in found["alike"]] == [("b.near", 1)]


@pytest.mark.parametrize(
    ("kind", "tone"),
    [
        ("right", ""),
        ("printed", ""),
        ("wrong", "bad"),
        ("swapped", "bad"),
        ("unkept", "warn"),
        ("missing", "warn"),
    ],
)
def test_a_paper_that_is_wrong_is_red_and_one_that_is_right_is_not(kind: str, tone: str) -> None:
    counts = dict.fromkeys(COUNTS, 3)
    part = papers_part({
        "state": "incomplete", "at": "", "counts": counts, "problems": [], "faults": [], "pictures": [],
        "operations": {"a.print": counts, "b.print": {**counts, kind: 0}},
    })  # fmt: skip
    assert part is not None
    assert {name: one for name, _, one in part["classes"]}[kind] == tone
    assert (kind, 3, tone) in part["operations"]["a.print"]
    assert (kind, 0, "") in part["operations"]["b.print"]


@pytest.mark.parametrize(
    ("field", "chinese"),
    [
        ("figures", "金额 figures"), ("serial_2", "号码 serial_2"), ("nsrsbh_2", "纳税人识别号 nsrsbh_2"),
        ("(all)", "整份"), ("(pages)", "页数"), ("of_mine", "of_mine"), ("完税证明", "完税证明"),
    ],
)  # fmt: skip
def test_a_field_of_a_paper_has_its_name_in_chinese(field: str, chinese: str) -> None:
    row = {"field": field, "units": {"": 1}, "kind": "wrong"}
    picture = {"field": field, "png": "iVBOR"}
    part = papers_part({
        "state": "checked", "at": "", "counts": dict.fromkeys(COUNTS, 3), "problems": [], "faults": [row],
        "pictures": [picture], "operations": {},
    })  # fmt: skip
    assert part is not None
    assert [one["field_zh"] for one in (*part["faults"], *part["pictures"])] == [chinese, chinese]


@pytest.mark.parametrize(
    ("more", "english", "chinese"),
    [
        (
            {"kind": "wrong", "expected": "零元整", "found": "壹元整"},
            "a.print: figures, must say 零元整, says 壹元整. Its place is framed in green.",
            "a.print: 金额 figures，应为 零元整，实为 壹元整。绿框为其位置。",
        ),
        (  # of a papers.json of before
            {"kind": "wrong", "found": "壹元整"},
            "a.print: figures, says 壹元整. Its place is framed in green.",
            "a.print: 金额 figures，实为 壹元整。绿框为其位置。",
        ),
        (
            {"kind": "moved", "expected": "in place", "found": "+5.0, +0.0 mm"},
            "a.print: figures, +5.0, +0.0 mm to the right and down. "
            "Where it should stand is drawn in green, where it stands in red.",
            "a.print: 金额 figures, +5.0, +0.0 mm（向右、向下）。绿色为应在的位置，红色为实际位置。",
        ),
    ],
)
def test_a_picture_says_what_differs_in_it(more: dict[str, str], english: str, chinese: str) -> None:
    picture = {"operation": "a.print", "field": "figures", "png": "iVBOR", **more}
    part = papers_part({
        "state": "checked", "at": "", "counts": dict.fromkeys(COUNTS, 3), "problems": [], "faults": [],
        "pictures": [picture], "operations": {},
    })  # fmt: skip
    page = environment().get_template("papers.j2").module.printed(part)  # type: ignore[attr-defined]
    (caption,) = re.findall("<figcaption>(.*?)</figcaption>", str(page), re.DOTALL)
    for lang, told in (("en", english), ("zh", chinese)):
        other = {"en": "zh", "zh": "en"}[lang]
        text = re.sub(f'<span lang="{other}">.*?</span>', "", caption)
        assert " ".join(re.sub("<[^>]+>", "", text).split()) == told


def test_an_audit_that_is_damaged_tells_of_nothing_more() -> None:
    part = audit_part({"state": "perfect"})
    assert part is not None
    assert (part["whole"], part["faults"], part["more"]) == (False, (), 0)
    assert part["state"][0] == "audit.json is damaged, and cannot be shown."


def test_a_rule_that_nothing_breaks_is_not_among_those_that_are_broken() -> None:
    def rule(name: str, old: int, new: int) -> dict[str, object]:
        return {"kind": "unbalanced", "field": name, "rule": "a = b", "old": old, "new": new}

    rules = [rule("both", 2, 1), rule("none", 0, 0), rule("old", 3, 0), rule("new", 0, 4)]
    batch = {"sums": [], "counts": {"identical": 5}, "columns": [], "violations": rules}
    assert [one["field"] for one in _shown(batch)["broken"]] == ["both", "old", "new"]


def test_the_document_of_a_comparison_has_a_line_for_each_value(tmp_path: Path) -> None:
    one = comparison(*EVERY)
    assert write_comparison(tmp_path, one) == tmp_path / "comparison.html"
    lines = (tmp_path / "comparison.json").read_text("utf-8").splitlines()
    assert lines[0] == "{" and lines[-1] == "}"
    assert ' "verdict": "fail",' in lines
    assert type(one).model_validate_json("".join(lines)) == one


def test_a_folder_is_made_with_those_above_it_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
