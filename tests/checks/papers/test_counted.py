"""Papers at which nobody looked are never counted as right."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.loader import load_binding, normalise
from renhai.checks.papers import whole
from renhai.checks.papers.whole import BROKEN, ENDED, INTERRUPTED, check_run, printing
from renhai.core.errors import UsageError
from renhai.reference.operations.printing.printer import PRINTS
from results.checks.papers.document import failed
from results.language.catalogue import in_chinese
from results.verdict.checks.papers import with_papers
from results.verdict.run_summary import Judgement
from tests.checks.papers.test_papers import RUN, Kept, asked, rules, values

__all__ = ["rules"]
NOTICE, OTHER = "printing.notice_ofd", "printing.certificate_ofd"
PAPER = PRINTS["ofd"]("notice", values(1))


def checked(folder: Path, rules: dict[str, Any], kept: dict[str, int], ok: dict[str, int]) -> dict[str, Any]:
    """A run whose papers of the operations in `kept` were kept, and whose good answers are `ok`; notices are
    all that the target file speaks of."""
    run = Kept(folder, {NOTICE: rules[NOTICE]})
    for name, count in kept.items():
        for _ in range(count):
            run.add(name, PAPER, asked(1))
    run.file.close()
    operations = {name: {"started": n, "ok": n} for name, n in ok.items()}
    (folder / "measured.json").write_text(json.dumps({"operations": operations}), "utf-8")
    binding = {
        "papers": run.rules,
        "operations": {name: {"success": {"paper": "ofd"}} for name in (NOTICE, OTHER)},
    }
    return check_run(folder, RUN, binding, "2015-09-11T08:00:00+00:00")


def verdict(found: dict[str, Any]) -> str:
    wanted = {"required": True, "most": {"wrong": 0}}
    return with_papers(Judgement("pass", [], []), wanted, found).verdict


def test_papers_of_which_no_rule_speaks_are_told(tmp_path: Path, rules: dict[str, Any]) -> None:
    found = checked(tmp_path, rules, {NOTICE: 2}, {NOTICE: 2, OTHER: 3})
    assert (found["state"], found["counts"]["right"], found["counts"]["unchecked"]) == ("incomplete", 2, 3)
    assert found["operations"][OTHER]["printed"] == 3
    assert found["problems"] == [f"{OTHER}: the target file does not say what its papers must say"]
    assert verdict(found) == "inconclusive"


def test_an_operation_that_printed_nothing_needs_no_rule(tmp_path: Path, rules: dict[str, Any]) -> None:
    found = checked(tmp_path, rules, {NOTICE: 2}, {NOTICE: 2, OTHER: 0})
    assert (found["state"], found["problems"], verdict(found)) == ("checked", [], "pass")


def test_operations_that_print_are_those_whose_answer_is_a_paper(rules: dict[str, Any]) -> None:
    binding, _, path = load_binding("reference")
    assert set(printing(normalise(binding, path))) == set(rules)
    every = {
        "success": {"paper": "pdf"},
        "operations": {"a": {"success": None}, "b": {"success": {"where": {}}}},
    }
    assert printing(every) == ["a"]


@pytest.mark.parametrize("share", [1e-9, 1.0])
def test_a_sample_that_has_none_of_an_operations_papers_proves_nothing_of_it(
    tmp_path: Path, rules: dict[str, Any], share: float
) -> None:
    run = Kept(tmp_path, rules, share=share)
    for _ in range(5):
        run.add(NOTICE, PAPER, asked(1))
    found = run.check()
    if share == 1:
        assert (found["state"], found["counts"]["right"], verdict(found)) == ("checked", 5, "pass")
        return
    assert (found["state"], found["counts"]["checked"], verdict(found)) == ("incomplete", 0, "inconclusive")
    assert found["problems"] == [f"{NOTICE}: none of 5 papers is in the sample"]


def test_an_answer_that_broke_off_is_a_paper_whose_end_is_missing(
    tmp_path: Path, rules: dict[str, Any]
) -> None:
    """Its bytes are in no file; failures.jsonl tells of it."""
    told = [
        (NOTICE, "closed inside answer", 2), (NOTICE, "malformed: gzip body ends early", 1),
        (NOTICE, "bytes that nobody asked for followed the answer", 1), (NOTICE, "timeout", 5),
        (OTHER, "closed inside answer", 3), ("(connection)", "closed inside answer", 7),
    ]  # fmt: skip
    lines = [
        json.dumps({"operation": name, "outcome": "error", "reason": why, "count": count, "second": 1})
        for name, why, count in told
    ]
    (tmp_path / "failures.jsonl").write_text("\n".join([*lines, "[]", "torn", "{}", ""]), "utf-8")
    found = checked(tmp_path, rules, {NOTICE: 2}, {NOTICE: 2, OTHER: 0})
    counts = found["counts"]
    assert (counts["printed"], counts["right"], counts["cut_off"], counts["checked"]) == (6, 2, 4, 6)
    assert [(row["kind"], row["count"]) for row in found["faults"]] == [("cut_off", 4)]
    assert (found["state"], found["problems"]) == ("checked", [])


def test_such_reasons_are_those_of_the_engine() -> None:
    sources = [
        Path(*("renhai", "load", "http", name)).read_text("utf-8") for name in ("tls.py", "content_coding.py")
    ]
    assert '"closed inside answer"' in sources[0]
    assert (
        '"malformed: br body ends early"' in sources[1]
        and '"malformed: {coding} body ends early"' in sources[1]
    )
    for why in ("closed inside answer", "malformed: br body ends early", "malformed: gzip body ends early"):
        assert BROKEN.fullmatch(why)


def test_a_paper_that_was_an_error_as_it_came_is_not_right_though_its_bytes_are(
    tmp_path: Path, rules: dict[str, Any]
) -> None:
    """As text/html no browser shows a PDF."""
    run = Kept(tmp_path, rules)
    run.add(NOTICE, PAPER, asked(1))
    run.add(NOTICE, PAPER, asked(1), "error")
    run.add(NOTICE, PAPER[:-20], asked(1), "error")
    counts = run.check()["counts"]
    assert (counts["right"], counts["unreadable"], counts["cut_off"]) == (1, 1, 1)


def test_what_moved_has_its_picture_though_others_came_first(
    tmp_path: Path, rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "MOST_PICTURES", 1)
    run = Kept(tmp_path, rules)
    for name in (NOTICE, "printing.notice"):
        media = "ofd" if name == NOTICE else "pdf"
        run.add(name, PRINTS[media]("notice", {**values(1), "figures": "￥9.00"}), asked(1))
        run.add(name, PRINTS[media]("notice", values(1), 5.0), asked(1))
    drawn = [(one["operation"], one["kind"]) for one in run.check()["pictures"]]
    assert drawn == [(NOTICE, "wrong"), (NOTICE, "moved")]


def test_papers_that_were_kept_and_of_which_another_target_file_says_nothing_are_told(
    tmp_path: Path, rules: dict[str, Any]
) -> None:
    """Checked again by a file that speaks of notices alone."""
    run = Kept(tmp_path, rules)
    for name in (NOTICE, OTHER, OTHER):
        run.add(name, PAPER, asked(1))
    run.rules = {NOTICE: rules[NOTICE]}
    found = run.check()
    assert (found["state"], found["counts"]["printed"], found["counts"]["unchecked"]) == ("incomplete", 3, 2)
    assert found["problems"] == [f"{OTHER}: the target file does not say what its papers must say"]


def three_right(folder: Path, rules: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """A look at a run of three papers that are right."""
    run = Kept(folder, rules)
    for number in range(3):
        run.add(NOTICE, PRINTS["ofd"]("notice", values(number)), asked(number))
    assert run.check()["counts"]["right"] == 3
    return partial(check_run, folder, RUN, {"papers": rules}, "2015-09-11T08:00:00+00:00")


def by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "FEW", 0)
    monkeypatch.setattr(whole, "cores", lambda: 2)


def test_a_look_that_is_interrupted_is_no_look(
    tmp_path: Path, rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether papers are looked at here or by others."""
    look = three_right(tmp_path, rules)
    with pytest.raises(UsageError, match=INTERRUPTED):
        look(stopped=lambda: True)
    by_others(monkeypatch)
    with pytest.raises(UsageError, match=INTERRUPTED):
        look(stopped=lambda: True)


def test_where_a_process_ends_that_looks_at_papers_nothing_is_right(
    tmp_path: Path, rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = three_right(tmp_path, rules)
    by_others(monkeypatch)
    monkeypatch.setattr(whole, "begin", int)  # of the rules: an error, with which a process ends
    with pytest.raises(UsageError, match="a process that looks at papers has ended"):
        look()


@pytest.mark.parametrize(
    ("why", "said"),
    [(INTERRUPTED, "查看单据时被中断"), (ENDED, "查看单据的一个进程已结束；内存是否够用？")],
)
def test_why_there_was_no_look_is_said_in_chinese(why: str, said: str) -> None:
    assert in_chinese(why) == said
    document = failed(RUN, "2015-09-11T08:00:00+00:00", why)
    assert verdict(document) == "inconclusive"
