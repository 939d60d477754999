"""The pages draw in a browser, without a request or an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from results.report import write_report
from results.report.files.run import finish
from results.report.html.runs import write_runs_page
from results.snapshot.listing import list_runs
from tests.results.recording import Recording, manifest
from tests.results.report.browser import shown
from tests.results.report.browsing import browse, needs_chromium
from tests.results.report.pages import GOALS, compared, hostile, small, trended
from tests.results.report.test_drill_words import drill


@needs_chromium
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])
def test_it_draws_in_a_browser_without_a_request_or_an_error(
    tmp_path: Path, language: str, width: int
) -> None:
    saw, console = browse(hostile(tmp_path), language, tmp_path, width)
    assert (saw["english"], saw["chinese"]) == (language == "en", language == "zh")
    inked = saw["inked"]
    assert isinstance(inked, list)
    assert len(inked) == 5
    assert min(inked) > 1000
    assert saw["wide"] == 0
    assert console == []
    assert saw["asked"] == []


@needs_chromium
@pytest.mark.parametrize(("make", "width"), [(compared, 390), (trended, 390)])
def test_the_other_pages_draw_as_well(tmp_path: Path, make: Callable[[Path], Path], width: int) -> None:
    page = make(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.find("<u style=") <= text.find("<q style=")  # the limit is drawn over the band, not under it
    assert "<i>" not in page.read_text(encoding="utf-8").partition("<script")[0]
    saw, console = browse(page, "zh", tmp_path, width)
    inked = saw["inked"]
    assert isinstance(inked, list)
    assert len(inked) == 1
    assert inked[0] > 1000
    assert (saw["wide"], saw["asked"], console) == (0, [], [])


@needs_chromium
def test_figures_of_the_page_of_runs_do_not_cross_on_a_phone(tmp_path: Path) -> None:
    for name, rules in (("first", []), ("second", ["p95 < 1ms", "throughput >= 9999/s"])):
        recording = Recording(duration_s=4).add("declaration.submit", range(10_000, 30_000, 4))
        about = manifest(run_id=name, scenario={"name": "declaration-open"}, thresholds={"run": rules})
        finish(recording.write(tmp_path / name), about)
    page = write_runs_page(tmp_path, list_runs(tmp_path))
    assert "must be" in page.read_text("utf-8")  # a reason in English, which is wider than in Chinese
    saw, console = browse(page, "en", tmp_path, 390)
    assert (saw["wide"], saw["asked"], console) == (0, [], [])
    assert "runs" not in saw["over"]  # type: ignore[operator]  # each run's verdict is seen without a swipe


@needs_chromium
def test_the_page_of_all_runs_lists_every_one_and_links_to_it(tmp_path: Path) -> None:
    for name in ("first", "second"):
        recording = Recording(duration_s=4).add("a<b>.query", range(1000, 3000))
        about = manifest(run_id=f"{name}</script>", scenario={"name": "<i>smoke"})
        finish(recording.write(tmp_path / name), about)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    page = write_runs_page(tmp_path, list_runs(tmp_path))
    text = page.read_text(encoding="utf-8")
    assert "<i>" not in text.partition("<script")[0]
    assert text.count("<polyline") == 2  # the p95 and the throughput of the one scenario
    done = shown(page, "zh", 1280)
    assert done.console == []
    links = re.findall(r'href="([^"]*report.html)"', done.document)
    assert links == ["second/report.html", "first/report.html"]
    assert "3 / 3" in done.document
    assert "文件已损坏" in done.document  # what makes a run.json unreadable is told in Chinese


@needs_chromium
def test_capacity_drift_and_catching_up_are_drawn(tmp_path: Path) -> None:
    run = finish(small(tmp_path), manifest())
    page = write_report(tmp_path, run.model_copy(update={**GOALS, "drill": drill()}))
    text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
    for words in (
        "拐点约 24/秒，此时单笔业务用时 90 ms；超过拐点后用时的增长快于处理量。",
        "被测系统相当于 4.0 个服务台，每笔 20 ms。",
        "首先超限：run p99 &lt; 350ms，31.6/s 时实测 429.8 ms。",
        "依次试过：25/s 可承受，33.5/s 超限。",
        "每秒 25 笔业务可承受；33.5 笔超限（要求至少 30）。",
        "run：p99 为 429.8 ms，应 &lt; 350ms",
        "+250.0% (+200.0% … +300.0%)",
        "自 17:30 起；本次运行完成 269 笔，相当于 1 小时（时间压缩 1200 倍）。",
    ):
        assert words in text, words
    saw, console = browse(page, "zh", tmp_path, 390)
    inked = saw["inked"]
    assert isinstance(inked, list)
    assert len(inked) == 7  # the usual five, the capacity, and the one drift that is not all zero
    assert min(inked) > 1000
    assert (saw["wide"], saw["asked"], console) == (0, [], [])


@needs_chromium
@pytest.mark.parametrize("width", [800, 390])
def test_the_browser_would_tell_of_a_request_and_of_an_error(tmp_path: Path, width: int) -> None:
    page = tmp_path / "page.html"
    page.write_text("<body><img src='http://127.0.0.1:9/x.png'><script>nowhere()</script></body>")
    saw, console = browse(page, "en", tmp_path, width)
    assert saw["asked"] == ["http://127.0.0.1:9/x.png"]
    assert any("nowhere is not defined" in line for line in console)
