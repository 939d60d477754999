"""Reasons for people: in their language, and of many alike the first few by what stands behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.report.files.markdown import junit_xml, summary_markdown
from results.report.html.page import render_report
from results.report.reasons import language, sentences, told
from results.report.terminal.run import plain_summary
from results.report.wording import worst_of_each_rule
from results.snapshot.run import Run, ThresholdRow
from results.verdict.reasons import Reason, in_chinese, in_english, records
from results.verdict.reasons.evidence import MoreAlike
from results.verdict.reasons.reason import EN, ZH
from results.verdict.reasons.thresholds import NoValue
from results.verdict.reasons.user_file import ListenerRaised, Uncaught
from results.verdict.run_summary import MOST_ALIKE, bounded
from results.verdict.validity.evidence import read_evidence


def never(name: str) -> Reason:
    return NoValue(subject=name, rule="p95 < 3s", note=None)


def broken(subject: str, rule: str, value: float) -> ThresholdRow:
    return ThresholdRow(
        subject=subject, rule=rule, value=value, unit="ms", passed=False, metric="p95", limit=100.0
    )


def operation(errors: int) -> dict[str, object]:
    return {"started": errors, "ok": 0, "rejected": 0, "errors": errors, "rate_per_s": 0.0}


def run_of(why: list[Reason], **operations: int) -> Run:
    document = {
        "schema": 2, "run_id": "r", "scenario": {"name": "x"}, "target": {"name": "y"}, "verdict": "fail",
        "started": "2015-09-11T08:00:00Z", "duration_s": 1.0, "ended": "completed",
        "reasons": in_english(why), "reasons_zh": in_chinese(why), "reason_codes": records(why),
        "operations": {name.replace("_", "/"): operation(n) for name, n in operations.items()},
        "load": {"model": "closed"}, "generator": {"processes": 1},
    }  # fmt: skip
    return Run.model_validate(document)


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({}, EN),
        ({"LANG": "zh_CN.UTF-8"}, ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, EN),
        ({"LANG": "en_GB", "LC_MESSAGES": "zh_TW.Big5"}, ZH),
        ({"LANG": "zh_CN", "LC_ALL": "", "LC_MESSAGES": ""}, ZH),
        ({"LANG": "zh_CN", "RENHAI_LANG": "en"}, EN),
        ({"LANG": "en_GB", "RENHAI_LANG": "zh"}, ZH),
        ({"RENHAI_LANG": "ZH-cn"}, ZH),
        ({"RENHAI_LANG": "fr", "LANG": "zh_CN"}, EN),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_locale(environ: dict[str, str], place: int) -> None:
    assert language(environ) == place


def test_of_many_alike_those_with_the_most_failures_are_told_and_the_others_counted() -> None:
    why = [never(f"/filing/{n}") for n in range(243)]
    run = run_of(why, **{f"_filing_{n}": n % 50 for n in range(243)})
    assert sentences(run, EN) == [
        "/filing/49: p95 < 3s", "/filing/99: p95 < 3s", "/filing/149: p95 < 3s", "and 240 more like it",
    ]  # fmt: skip
    assert sentences(run, ZH)[-1] == "另有 240 项同类原因"
    assert sentences(run, ZH)[0] == "/filing/49：p95 < 3s"


def test_four_alike_are_told_and_kinds_keep_their_order() -> None:
    raised = [Uncaught(task=f"U.t{n}", count=n) for n in range(1, 6)]
    listener = ListenerRaised(function="f", error="KeyError")
    why = [never("a"), raised[0], never("b"), listener, *raised[1:], never("c"), never("d")]
    lines = sentences(run_of(why), EN)
    assert [line.split(":")[0] for line in lines[:4]] == ["a", "b", "c", "d"]
    assert lines[4:7] == [raised[4].en, raised[3].en, raised[2].en]
    assert lines[7:] == ["and 2 more like it", listener.en]


def test_sentences_of_an_older_snapshot_are_all_told() -> None:
    run = run_of([]).model_copy(update={"reasons": [f"reason {n}" for n in range(9)]})
    assert sentences(run, EN) == run.reasons


def test_run_json_keeps_a_bound_of_each_kind_and_says_what_it_left_out() -> None:
    few: list[Reason] = [never(str(n)) for n in range(MOST_ALIKE)]
    assert bounded(few) == few
    many = [*few, Uncaught(task="U.t", count=1), *(never(f"+{n}") for n in range(500))]
    kept = bounded(many)
    assert kept == [*few, Uncaught(task="U.t", count=1), MoreAlike(more=500, like="threshold.no_value")]
    assert [line.en for line in told(run_of(kept))][3:] == [
        f"and {MOST_ALIKE + 500 - 3:,} more like it", Uncaught(task="U.t", count=1).en,
    ]  # fmt: skip


def test_every_page_tells_the_same_few(tmp_path: Path) -> None:
    why = [never(f"/f/{n}") for n in range(300)]
    run = run_of(why)
    rows = [broken(f"/f/{n}", "p95 < 3s", 3000.0 + n) for n in range(300)]
    run = run.model_copy(update={"thresholds": rows})
    terminal, markdown, junit = plain_summary(run), summary_markdown(run), junit_xml(run)
    assert terminal.count("/f/") == 3 + 10 and "and 297 more like it" in terminal
    assert "/f/299 and" not in terminal and "/f/290 and 290 more" in terminal  # the worst ten
    assert markdown.count("/f/") == 3 + 10 and "and 297 more like it" in markdown
    assert len(junit.split("and 297 more like it")) in (1, 3)  # the cases themselves are one a rule and name
    page = render_report(run, tmp_path, read_evidence(tmp_path))
    assert "and 297 more like it" in page and "另有 297 项同类原因" in page and "all 300 reasons" in page


def test_the_terminal_and_markdown_speak_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of([Uncaught(task="U.t", count=3)])
    for spoken, there, absent in (("zh", in_chinese, in_english), ("en", in_english, in_chinese)):
        monkeypatch.setenv("RENHAI_LANG", spoken)
        (wanted,), (other,) = there([Uncaught(task="U.t", count=3)]), absent([Uncaught(task="U.t", count=3)])
        for text in (plain_summary(run, width=400), summary_markdown(run)):
            assert wanted.replace("`", "&#96;") in text.replace("`", "&#96;")
            assert other not in text


def test_lost_on_reused_connections_stands_on_the_page(tmp_path: Path) -> None:
    run = run_of([never("a")])
    lost = run.model_copy(update={"connections": run.connections.model_copy(update={"lost_reused": 1234})})
    assert "lost on reused connections" not in render_report(run, tmp_path, read_evidence(tmp_path))
    page = render_report(lost, tmp_path, read_evidence(tmp_path))
    assert "lost on reused connections" in page and "复用连接上丢失的请求" in page
    assert "<dd>1,234</dd>" in page


def test_of_each_rule_the_worst_come_first() -> None:
    rows = [broken("a", "p95 < 1", 200), broken("b", "p95 < 1", 400), broken("c", "p95 < 1", 300)]
    found = worst_of_each_rule([*rows, broken("d", "p95 < 2", 150)], 2)
    assert [(row.subject, more) for row, more in found] == [("b", 0), ("c", 1), ("d", 0)]
