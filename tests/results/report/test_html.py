"""report.html: right numbers in the charts, nothing from outside, nothing injected, and it draws."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from results.compare.comparison import Row, Settings, compare
from results.compare.trend import Change, Trend, TrendSettings, trend_of
from results.report import write_report
from results.report.html.chart_data import latency_over_time, over_time, percentile_curves
from results.report.html.comparison import forest, write_comparison
from results.report.html.page import ASSETS, bar, failures
from results.report.html.runs import write_runs_page
from results.report.html.trend import levels, write_trend
from results.report.run_files import finish
from results.snapshot.histograms import nearest_rank, read_intervals, totals
from results.snapshot.listing import list_runs
from results.snapshot.run import ThresholdRow, load_run
from results.snapshot.timeline import read_timeline
from results.verdict.evidence import read_evidence
from tests.results.recording import Recording, Request, manifest
from tests.results.report.test_drill_words import drill
from tests.snapshots import snapshot

MEGABYTE = 1_000_000
NARROWEST = 500  # pixels of a window of headless Chromium
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def small(directory: Path) -> Path:
    recording = Recording(duration_s=4).add("a.query", [1000] * 40).add("b.save", range(1000, 81_000, 1000))
    return recording.add("b.save", [500] * 4, "error").write(directory)


def test_rates_over_time_are_those_of_the_timeline(tmp_path: Path) -> None:
    drawn = over_time(read_timeline(small(tmp_path) / "timeline.csv"))
    assert (drawn["step"], drawn["t"]) == (1, [0, 1, 2, 3])
    assert (drawn["ok"], drawn["errors"]) == ([30] * 4, [1] * 4)
    assert drawn["users"] == [4] * 4


def test_long_runs_are_drawn_in_steps(tmp_path: Path) -> None:
    Recording(duration_s=1500).add("a.query", [10] * 3000).write(tmp_path)
    drawn = over_time(read_timeline(tmp_path / "timeline.csv"))
    assert (drawn["step"], len(drawn["t"]), set(drawn["ok"])) == (3, 500, {2})


def test_every_request_is_in_the_heat_map(tmp_path: Path) -> None:
    log = small(tmp_path) / "latency.hlog"
    drawn = latency_over_time(read_intervals(log))["operations"]
    assert set(drawn) == {"*", "a.query", "b.save"}
    one = drawn["a.query"]
    assert (one["t"], one["rows"], one["p50"], one["p99"]) == ([0, 1, 2, 3], 1, [1] * 4, [1] * 4)
    assert one["cells"] == [0, 0, 255, 1, 0, 255, 2, 0, 255, 3, 0, 255]
    for column in range(4):
        cells = [drawn["*"]["cells"][i : i + 3] for i in range(0, len(drawn["*"]["cells"]), 3)]
        shares = [(weight / 255) ** 2 for found, _, weight in cells if found == column]
        assert sum(shares) == pytest.approx(1, abs=0.01)


def test_curves_are_exact_ranks(tmp_path: Path) -> None:
    latency, _ = totals(small(tmp_path) / "latency.hlog")
    curve = percentile_curves(latency, {})["b.save"]
    whole = latency["b.save"]
    assert curve["x"][0] == 0
    assert curve["x"][20] == 1
    assert curve["latency"][20] == whole.at_rank(nearest_rank(Fraction(9, 10), 84)) / 1000
    assert curve["x"][-1] <= 1.95  # 84 values end before 99 %
    assert set(curve["service"]) == {None}


@pytest.mark.parametrize(
    ("value", "limit", "drawn"),
    [(50, 100, (50 / 140, 100 / 140)), (200, 100, (1, 0.5)), (None, 5, None), (1, 0, None)],
)
def test_the_bar_shows_value_and_limit(
    value: float | None, limit: float, drawn: tuple[float, float] | None
) -> None:
    row = ThresholdRow(subject="a", rule="", value=value, unit="ms", passed=None, limit=limit)
    assert bar(row) == drawn


def test_failures_are_grouped_with_one_excerpt_each(tmp_path: Path) -> None:
    records = [
        {
            "operation": "a",
            "outcome": "error",
            "reason": "500",
            "count": 2,
            "second": 1,
            "request": "GET",
            "response": "",
        },
        {"operation": "b", "outcome": "rejected", "reason": "402", "count": 9},
        {"operation": "a", "outcome": "error", "reason": "500", "count": 8, "second": 7, "response": "late"},
    ]
    lines = [json.dumps(record) for record in records]
    (tmp_path / "failures.jsonl").write_text("\n".join([*lines, "{broken", "7"]))
    found = failures(tmp_path)
    assert [(group["operation"], group["count"], group["request"], group["response"]) for group in found] == [
        ("a", 10, "GET", "late"),
        ("b", 9, "", ""),
    ]


def hostile(directory: Path) -> Path:
    """A snapshot whose every text tries to leave its place."""
    evil = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    small(directory)
    record = {
        "operation": evil,
        "outcome": "error",
        "reason": evil,
        "count": 1,
        "request": evil,
        "response": evil,
    }
    (directory / "failures.jsonl").write_text(json.dumps(record))
    finish(directory, manifest(scenario={"name": evil}, labels={evil: evil}))
    return directory / "report.html"


def test_texts_of_the_target_stay_texts(tmp_path: Path) -> None:
    page = hostile(tmp_path).read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in page
    assert page.count("</script>") == 4


def test_the_page_names_nothing_outside_itself(tmp_path: Path) -> None:
    small(tmp_path)
    finish(tmp_path, manifest())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<link|<iframe|\ssrc=|@import|url\(", page)
    assert "default-src 'none'" in page
    assert (tmp_path / "report.html").stat().st_size < MEGABYTE // 5


def test_an_hour_of_a_dozen_operations_stays_under_two_megabytes(tmp_path: Path) -> None:
    recording = Recording(duration_s=3600, interval_s=30)
    for number in range(12):
        for second in range(0, 3600, 6):
            spread = (second * 7919 + number * 104_729) % 1_000_003
            recording.requests.append(Request(f"operation.number{number}", second, 500 + spread))
    finish(recording.write(tmp_path), manifest())
    assert (tmp_path / "report.html").stat().st_size < 2 * MEGABYTE


def test_a_snapshot_without_files_still_has_a_page(tmp_path: Path) -> None:
    finish(tmp_path, manifest(started="2015-09-11T08:00:00Z"))
    assert "测量无效" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_may_be_written_again(tmp_path: Path) -> None:
    run = finish(small(tmp_path), manifest())
    first = (tmp_path / "report.html").read_bytes()
    (tmp_path / "report.html").unlink()
    assert write_report(tmp_path) == tmp_path / "report.html"
    assert (tmp_path / "report.html").read_bytes() == first
    assert write_report(tmp_path, run, read_evidence(tmp_path)).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("uPlot.iife.min.js", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"),
        ("uPlot.min.css", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"),
    ],
)
def test_the_plotting_library_is_the_published_one(name: str, digest: str) -> None:
    # npm pack uplot@1.6.32; sha256sum package/dist/<name>
    assert hashlib.sha256((ASSETS / "uplot" / name).read_bytes()).hexdigest() == digest


PROBE = """
<script>
setTimeout(() => {
  const inked = [...document.querySelectorAll(".chart canvas")].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let found = 0;
    for (let i = 3; i < pixels.length; i += 4) found += pixels[i] > 0;
    return found;
  });
  const seen = (text) => document.body.innerText.includes(text);
  document.title = "PROBE " + JSON.stringify({ inked, english: seen("Thresholds"), chinese: seen("阈值"),
    asked: performance.getEntriesByType("resource").map((entry) => entry.name),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    silent: [...document.querySelectorAll(".scroll")].filter(
      (one) => one.scrollWidth > one.clientWidth + 1 && !one.classList.contains("over")).length,
    viewport: window.innerWidth });
  parent.postMessage(document.title, "*");
}, 500);
</script>
"""


def browse(page: Path, language: str, scratch: Path, width: int) -> tuple[dict[str, object], list[str]]:
    """(what the probe saw, console messages) of a page in headless Chromium."""
    probed = scratch / "probed.html"
    text = page.read_text(encoding="utf-8")
    probed.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    probed = probed if width >= NARROWEST else framed(probed, language, width)
    done = load(probed, language, scratch, width)
    saw = re.search(r"<title>PROBE (.*?)</title>", done.stdout)
    assert saw, done.stdout[-500:]
    found = json.loads(html.unescape(saw.group(1)))
    assert (found["viewport"], found["silent"]) == (width, 0)  # a table that scrolls says so
    return found, re.findall(r"CONSOLE.*", done.stderr)


def framed(page: Path, language: str, width: int) -> Path:
    """A page that shows the other one as wide as a phone: Chromium makes no window so narrow."""
    frame = page.with_name("framed.html")
    shown = (
        f"<iframe src='{page.name}#lang={language}' style='border:0;width:{width}px;height:900px'></iframe>"
    )
    told = "<script>addEventListener('message', (said) => { document.title = said.data; });</script>"
    frame.write_text(f"<body>{told}{shown}</body>", encoding="utf-8")
    return frame


def load(page: Path, language: str, scratch: Path, width: int) -> subprocess.CompletedProcess[str]:
    """Headless Chromium, which can resolve no name: the document after its scripts ran, and the console."""
    assert CHROMIUM
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=5000"
    )
    command = [CHROMIUM, *flags.split(), "--dump-dom", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += [f"--user-data-dir={scratch / 'profile'}", f"--window-size={max(width, NARROWEST)},900"]
    command.append(f"{page.as_uri()}#lang={language}")
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium")


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


def compared(directory: Path) -> Path:
    """A comparison of hostile runs, as a page."""
    sides = []
    for number, name in enumerate(("first", "second", "third", "fourth")):
        recording = Recording(duration_s=4).add("a<b>.query", range(1000 + number, 3000))
        about = manifest(run_id=f"{name}</script>", scenario={"name": "<i>smoke"})
        finish(recording.write(directory / name), about)
        sides.append(directory / name)
    comparison = compare(sides[:2], sides[2:])
    return write_comparison(directory, comparison, sides[:2], sides[2:])


def trended(directory: Path) -> Path:
    """The trend of a series of runs that got slower, as a page."""
    runs = []
    for number in range(12):
        values = range(1000 + number, 3000) if number < 6 else range(2000 + number, 6000)
        recording = Recording(duration_s=4).add("a<b>.query", values)
        recording.measured = {"started": f"2015-09-{number + 1:02}T08:00:00Z"}
        about = manifest(
            run_id=f"n{number}", labels={"build": f"</script>{number}"}, target={"name": "<i>reference"}
        )
        runs.append(finish(recording.write(directory / str(number)), about))
    return write_trend(directory / "trend.html", trend_of(runs, TrendSettings()))


@needs_chromium
@pytest.mark.parametrize(("make", "width"), [(compared, 390), (trended, 390)])
def test_the_other_pages_draw_as_well(tmp_path: Path, make: Callable[[Path], Path], width: int) -> None:
    page = make(tmp_path)
    assert "<i>" not in page.read_text(encoding="utf-8").partition("<script")[0]
    saw, console = browse(page, "zh", tmp_path, width)
    inked = saw["inked"]
    assert isinstance(inked, list)
    assert len(inked) == 1
    assert inked[0] > 1000
    assert (saw["wide"], saw["asked"], console) == (0, [], [])


@needs_chromium
@pytest.mark.parametrize("width", [1280, 500])
def test_the_page_of_all_runs_lists_every_one_and_links_to_it(tmp_path: Path, width: int) -> None:
    for name in ("first", "second"):
        recording = Recording(duration_s=4).add("a<b>.query", range(1000, 3000))
        about = manifest(run_id=f"{name}</script>", scenario={"name": "<i>smoke"})
        finish(recording.write(tmp_path / name), about)
    page = write_runs_page(tmp_path, list_runs(tmp_path))
    text = page.read_text(encoding="utf-8")
    assert "<i>" not in text.partition("<script")[0]
    assert text.count("<polyline") == 2  # the p95 and the throughput of the one scenario
    done = load(page, "zh", tmp_path, width)
    shown = done.stdout
    assert "CONSOLE" not in done.stderr
    assert re.findall(r'href="([^"]*report.html)"', shown) == ["second/report.html", "first/report.html"]
    assert "2 / 2" in shown


def test_runs_that_measured_nothing_are_on_the_page_too(tmp_path: Path) -> None:
    place = snapshot(tmp_path / "nothing", verdict="invalid", operations={}, total=None)
    assert load_run(place).total is None
    text = write_runs_page(tmp_path, list_runs(tmp_path)).read_text(encoding="utf-8")
    assert text.count("</svg> –</td>") == 2  # p95 and throughput


def test_the_forest_shows_band_interval_and_effect() -> None:
    row = Row(
        subject="run", metric="p95", unit="ms", baseline=1, candidate=1, effect=0.06, low=-0.03, high=0.9,
        p=1, finding="cannot decide", decisive=True,
    )  # fmt: skip
    drawn = forest(row, Settings())  # spans +-30 %: 0.02 is a fifteenth of a half
    assert drawn["band"] == pytest.approx((46.67, 6.66), abs=0.01)
    assert drawn["reach"] == (45, 55)
    assert drawn["at"] == 60


def test_levels_are_the_means_between_changes() -> None:
    runs = [20.0] * 6 + [40.0] * 5
    change = Change(
        subject="run", metric="p50", unit="ms", index=6, before="5", since="6", mean_before=20, mean_since=40,
        worse=True, latest=True,
    )  # fmt: skip
    names = [str(place) for place in range(11)]
    one = Trend(
        scenario="", target="", runs=names, labels=names, changes=[change], series={"run": {"p50": runs}}
    )
    assert levels(one) == {"run": {"p50": runs}}


GOALS = {
    "capacity": {
        "shown_step": "01",
        "ended": "unsettled", "capacity": 25.0, "low": 25.0, "high": 33.5, "requests_per_s": 190.2,
        "at_least": 30.0,
        "slowed": False, "queueing": {"knee": 24.0, "knee_s": 0.09, "servers": 4.0, "service_s": 0.02},
        "first_broken": {"subject": "run", "rule": "p99 < 350ms", "value": 429.8, "unit": "ms", "rate": 31.6,
                         "note": ""},
        "curve": [
            {"rate": 25.0, "outcome": "held", "p50": 2.9, "p95": 53.0, "p99": 65.0},
            {"rate": 33.5, "outcome": "broke", "p50": 37.0, "p95": 326.0, "p99": 429.8},
        ],
        "steps": [
            {"number": 1, "snapshot": "01",
             "rate": 25.0, "seconds": 8.0, "outcome": "held", "why": "", "why_zh": "",
             "latency_ms": {"p50": 2.9, "p95": 53.0, "p99": 65.0}, "journey_s": 0.08},
            {"number": 2, "rate": 33.5, "seconds": 8.0, "outcome": "broke", "latency_ms": {},
             "journey_s": 0.65, "why": "run: p99 is 429.8 ms, must be < 350ms",
             "why_zh": "run：p99 为 429.8 ms，应 < 350ms"},
        ],
    },
    "drift": [
        {"quantity": "p50", "unit": "ms", "limit": 0.2, "state": "drifts", "first": 8.8, "last": 31.0,
         "growth": 2.5, "low": 2.0, "high": 3.0, "series": [[1.0, 8.0], [2.0, 20.0], [3.0, 31.0]]},
        {"quantity": "error_rate", "unit": "share", "limit": 0.001, "state": "cannot tell",
         "series": [[1.0, 0.0]]},
    ],
    "catch_up": {
        "volume": 500, "completed": 269, "compressed": 1200.0, "hours": 1.0, "needed_per_hour": 76.9,
        "reached_per_hour": 269.0, "from": "17:30", "until": "24:00", "finish": "19:22", "in_time": True,
        "done_by_until": 1.0,
    },
}  # fmt: skip


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
def test_the_browser_would_tell_of_a_request_and_of_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<body><img src='http://127.0.0.1:9/x.png'><script>nowhere()</script></body>")
    saw, console = browse(page, "en", tmp_path, 800)
    assert saw["asked"] == ["http://127.0.0.1:9/x.png"]
    assert any("nowhere is not defined" in line for line in console)
