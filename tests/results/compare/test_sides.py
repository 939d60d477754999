"""Which sides compare at all, with which doubts, and how a comparison is told."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from results.compare.comparability import differences
from results.compare.comparison import Settings, compare, load_side
from results.compare.effects import ARRIVAL, due, values_of
from results.compare.findings import describe
from results.compare.pairs import few_launches
from results.errors import SnapshotError
from results.report.files.run import finish
from results.report.html.comparison import render_comparison_page
from results.report.terminal.comparison import plain, render_comparison
from results.snapshot.run import Run, load_run
from results.verdict.reasons import comparison as why
from results.verdict.reasons import generator as load
from results.verdict.reasons import in_chinese, in_english
from tests.results.compare.runs import MACHINE, STEADY, run, side, summary
from tests.results.recording import Recording, manifest


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"scenario": {"name": "peak", "digest": "1a2b"}}, "scenario differs: human-sea and peak"),
        ({"scenario": {"name": "human-sea", "digest": "ffff"}}, "scenario digest differs: 1a2b and ffff"),
        ({"target": {"name": "staging"}}, "target differs: reference and staging"),
        ({"load": {"model": "closed"}}, "load model differs: open and closed"),
        ({"versions": {"renhai": "0.2.0"}}, "renhai differs: 0.1.0 and 0.2.0"),
        ({"environment": {**MACHINE, "cores": 8}}, "cores differs: 2 and 8"),
        ({"verdict": "invalid", "reasons": ["CPU 99%"]}, "run-9 is invalid: CPU 99%"),
    ],
)
def test_what_does_not_compare_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    other = run(9, **change)
    assert named in in_english(differences([run(0), other]))
    with pytest.raises(SnapshotError, match="add --anyway") as caught:
        compare([run(0)], [other])
    assert named in str(caught.value)
    assert named in compare([run(0)], [other], anyway=True).differences


CLOSED: dict[str, Any] = {"load": {"model": "closed"}}


def seeded(start: int, seeds: Sequence[int], **changes: Any) -> list[Run]:
    return [run(start + n, STEADY[n % 6], seed=seed, **changes) for n, seed in enumerate(seeds)]


def test_in_the_closed_model_both_sides_need_the_same_seeds() -> None:
    with pytest.raises(SnapshotError, match=r"seeds differ: 7 and 9.*--seed 7"):
        compare(seeded(0, [7] * 5, **CLOSED), seeded(10, [9] * 5, **CLOSED))
    with pytest.raises(SnapshotError, match=r"seeds differ: 7 \(4 runs\), 9 and 9 \(5 runs\)|seeds differ"):
        compare(seeded(0, [7, 7, 7, 7, 9], **CLOSED), seeded(10, [9] * 5, **CLOSED))
    assert compare(seeded(0, [7] * 5, **CLOSED), seeded(10, [7] * 8, **CLOSED)).verdict == "pass"
    assert compare(seeded(0, [1, 2] * 3, **CLOSED), seeded(10, [2, 1] * 4, **CLOSED)).verdict == "pass"
    many = compare(seeded(0, [1, 2, 3, 4, 5], **CLOSED), seeded(10, [6, 7, 8, 9], **CLOSED))
    assert (many.verdict, many.differences) == ("pass", [])


def test_in_the_open_model_another_seed_is_counted_for_each_arrival_and_widens_latencies() -> None:
    def open_runs(start: int, seed: int, arrivals: int) -> list[Run]:
        one = summary(started=3 * arrivals, p50=0.03, p95=0.04)
        return [
            run(start + n, s, seed=seed, total=one.model_copy(update={"rate_per_s": 3 * arrivals / 10}),
                load={"model": "open", "arrivals_due": arrivals}, journeys={"a": {"started": arrivals}})
            for n, s in enumerate(STEADY)
        ]  # fmt: skip

    other = compare(open_runs(0, 7, 1000), open_runs(10, 9, 920))
    rows = {row.metric: row for row in other.rows if row.subject == "run"}
    assert (rows["throughput"].unit, rows["throughput"].baseline) == ("/arrival", pytest.approx(3.0))
    assert rows["throughput"].effect == pytest.approx(0.0, abs=1e-9)
    # sqrt(0.04^2 + 0.04^2) beside a spread of 0: Satterthwaite gives 19 degrees of freedom
    assert math.log1p(rows["p95"].high) == pytest.approx(
        stats.t.ppf(0.975, 19) * 0.04 * math.sqrt(2), rel=0.02
    )
    assert other.caveats[0].startswith("the sides have other seeds (7 and 9)")
    alike = compare(open_runs(0, 7, 1000), open_runs(10, 7, 1000))
    assert alike.verdict == "pass"
    assert not any("seeds" in text for text in alike.caveats)


@pytest.mark.parametrize(
    ("baseline", "candidate", "said"),
    [([], [run(0)], "a side has no run"), ([run(0)], [run(0)], "run-0 was given twice")],
)
def test_sides_must_make_sense(baseline: list[Run], candidate: list[Run], said: str) -> None:
    with pytest.raises(SnapshotError, match=said):
        compare(baseline, candidate)


def test_rows_read_well() -> None:
    row = next(row for row in compare([run(0)], [run(1, 1.2)]).rows if row.metric == "p50")
    said = "run p50: may be as bad as +140.0% (97.5% sure; limit +10.0%): cannot decide"
    assert describe(row).en == f"{said}; about {row.runs_needed} runs a side would tell"
    assert describe(row).zh.endswith(f"无法判定；约需每侧运行 {row.runs_needed} 次")
    assert "more than 100 runs" in describe(row.model_copy(update={"runs_needed": 471})).en


def test_sides_may_be_directories_of_runs(tmp_path: Path) -> None:
    for number in range(4):
        recording = Recording().add("a.query", range(1000 + number, 3000))
        finish(recording.write(tmp_path / f"n{number}"), manifest(run_id=f"n{number}", environment=MACHINE))
    assert [one.run_id for one in load_side([tmp_path])] == ["n0", "n1", "n2", "n3"]
    compared = compare(
        [tmp_path / "n0", tmp_path / "n1" / "run.json"], [tmp_path / "n2", load_run(tmp_path / "n3")]
    )
    assert (compared.baseline, compared.candidate) == (["n0", "n1"], ["n2", "n3"])
    with pytest.raises(SnapshotError, match=r"^[^;]*n9; there is no such file; give the directory of a run"):
        compare([tmp_path / "n0"], [tmp_path / "n9"])


def test_the_terminal_opens_with_the_verdict() -> None:
    compared = compare(side(0, STEADY), side(10, [1.1 * s for s in STEADY]))
    text = plain(render_comparison(compared))
    assert text.index("FAIL 未通过") < text.index("declaration.submit p95: +10.0%") < text.index("Effects")
    assert "worse 变差" in text
    single = plain(render_comparison(compare([run(0)], [run(9, target={"name": "staging"})], anyway=True)))
    assert "compared anyway: target differs: reference and staging" in single
    assert "one run a side cannot show" in single


def test_caveats_and_differences_are_told_in_chinese_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = load.ArrivalsDropped(dropped=3, due=9, share=1 / 3, bound=0.001)
    lost = load.WorkersLost(workers=2)
    told = [
        why.TooLittle(subject="b.save", metrics=()),
        why.MadeAgain(run="r1", why=(dropped, lost)),
        *differences([run(0), run(8, environment={**MACHINE, "cores": 8}, target={"name": "staging"})]),
        *differences([run(0, verdict="invalid", reasons=[lost.en], reason_codes=[lost.record()])]),
        *differences([run(0, verdict="invalid", reasons=["old"], reasons_zh=["旧"])]),
        *differences([run(0, verdict="invalid", reasons=["older"])]),
    ]
    assert in_chinese(told) == [
        "b.save：数据太少，无法比较",
        "r1 测量无效，已重做：9 个到达中有 3 个被丢弃（33.33%，上限 0.1%）：在途业务过多；"
        "丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "被测系统不同：reference 与 staging",
        "核数不同：2 与 8",
        "run-0 测量无效：丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "run-0 测量无效：旧",
        "run-0 测量无效：旧版快照原文：older",
    ]
    single = compare([run(0)], [run(9, target={"name": "staging"})], anyway=True)
    few = [*few_launches(1, Settings()), *few_launches(2, Settings())]
    told_zh = [*in_chinese(few), *single.caveats_zh, *single.differences_zh]
    assert all(re.search("[一-鿿]", text) for text in told_zh)
    page = render_comparison_page(single)
    assert "强制比较：被测系统不同：reference 与 staging" in page
    assert "每侧只有一次运行" in page
    assert "每侧只有一次运行" not in plain(render_comparison(single))
    monkeypatch.setenv("RENHAI_LANG", "zh")
    assert "每侧只有一次运行" in plain(render_comparison(single))


def test_only_a_schedule_of_arrivals_makes_throughput_a_share_of_what_was_due() -> None:
    """500 ok in 10 s of 625 due are 0.8 of each arrival; operators owe nobody an arrival."""
    one = summary(started=500)
    opened = run(0, load={"model": "open", "arrivals_due": 625})
    closed = run(1, load={"model": "closed", "users": 5, "arrivals_due": 625})
    assert (due(opened), due(closed), due(run(2))) == (625, 0, 0)
    assert values_of([[(one, opened)]], "throughput") == ([[0.8]], ARRIVAL)
    assert values_of([[(one, closed)]], "throughput") == ([[50.0]], "/s")
    assert values_of([[(one, opened)], [(one, run(2))]], "throughput") == ([[50.0], [50.0]], "/s")
    assert values_of([[(one, opened)]], "p95") == ([[42.0]], "ms")
