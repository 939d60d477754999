"""Names of any shape go through every file of a snapshot and come back whole; thousands are folded."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given
from hypothesis import strategies as st

from renhai.load.measure.collector import Collector, Second
from renhai.load.measure.recorder import Recorder, packed
from renhai.load.measure.snapshot_files import TIMELINE, Files, one_line
from results.report.files.run import finish
from results.snapshot.histograms import read_intervals, totals
from results.snapshot.names import FOLDED, LONGEST, MOST_NAMES, UNNAMED, Names, clean, from_tag, to_tag
from results.snapshot.timeline import read_failures, read_timeline
from tests.load.measure.test_collector import report
from tests.results.recording import manifest

ODD = [
    "GET /a,b",
    "GET /a\nb",
    "GET /a\r\nb",
    'GET /"a"',
    "GET /a\tb",
    "GET /a%2Cb",
    "GET /申报?所属期=2015年9月",
    "GET /🧾",
    "GET /a\u2028b\x85c",
    "GET /<script>alert(1)</script>",
    "=cmd()",
    "#GET /a",
    "'; drop table",
    "Tag=x,1,2,3",
    "GET /br[1]",
    "\x1b[2J",
    " ",
]


@given(st.text())
def test_a_tag_holds_any_name(name: str) -> None:
    whole = name.encode("utf-8", "replace").decode()
    tag = to_tag(whole)
    assert from_tag(tag) == whole
    assert not set(tag) & set(", \r\n\t\x00")


def test_plain_names_are_their_own_tags() -> None:
    for name in ("declaration.submit", "14301030000/invoice-desk", "申报.提交"):
        assert to_tag(name) == name


@given(
    st.one_of(st.none(), st.text(), st.integers(), st.floats()), st.one_of(st.none(), st.text(max_size=999))
)
def test_a_name_is_text_that_every_file_can_hold(kind: object, name: object) -> None:
    found = clean(kind, name)
    found.encode()
    assert 0 < len(found) <= LONGEST + len("request ")
    assert found.strip() not in ("", "run")


def test_what_names_become() -> None:
    assert clean("GET", "/ok?ids=1,2") == "GET /ok?ids=1,2"
    assert clean(None, None) == UNNAMED
    assert clean("", "run") == "request run"
    assert clean("GET", "/\udc80") == "GET /?"
    long = [clean("GET", "/" + "x" * 400 + end) for end in "ab"]
    assert long[0] != long[1]
    assert {len(name) for name in long} == {LONGEST}


def test_names_beyond_the_bound_are_one_row() -> None:
    names = Names(["GET /asked/for"], most=3)
    folded = [names.fold(name) for name in ("a", "b", "c", "d", "a", "e", "GET /asked/for", FOLDED)]
    assert folded == ["a", "b", "c", FOLDED, "a", FOLDED, "GET /asked/for", FOLDED]


def written(folder: Path, collector: Collector) -> None:
    folder.mkdir()
    files = Files(folder, 1448000000.0, lambda reason: None)
    collector.finish()
    collector.write_rest(files)
    files.failures(collector.failures.values())
    files.close()


def test_every_file_gives_the_names_back(tmp_path: Path) -> None:
    collector = Collector(1, lambda second: None)
    for number, name in enumerate(ODD):
        one = report(number % 3, ok=number + 1)
        one["operations"] = {name: one["operations"]["a.b"]}
        failure = {"operation": name, "outcome": "error", "reason": f"why {name}", "count": 1}
        one["failures"] = [{**failure, "request": name, "response": name}]
        collector.merge(0, one)
    written(tmp_path / "run", collector)
    want = {name: number + 1 for number, name in enumerate(ODD)}
    assert {name: counts["ok"] for name, counts in collector.operations().items()} == want
    found, damage = totals(tmp_path / "run" / "latency.hlog")
    assert ({name: histogram.total for name, histogram in found.items()}, damage) == (want, None)
    timeline = read_timeline(tmp_path / "run" / "timeline.csv")
    assert ({name: series.sum("ok") for name, series in timeline.operations.items()}, timeline.damage) == (
        want,
        None,
    )
    assert {record["operation"] for record in read_failures(tmp_path / "run" / "failures.jsonl")} == set(ODD)


def test_other_readers_survive_them(tmp_path: Path) -> None:
    """HdrHistogram's reader splits at commas and lines; spreadsheets read what the csv module does."""
    collector = Collector(1, lambda second: None)
    one = report(0, ok=2)
    one["operations"] = dict.fromkeys(ODD, one["operations"]["a.b"])
    collector.merge(0, one)
    written(tmp_path / "run", collector)
    reader = HistogramLogReader(str(tmp_path / "run" / "latency.hlog"), HdrHistogram(1, 3_600_000_000, 3))
    seen: Counter[str] = Counter()
    while (histogram := reader.get_next_interval_histogram()) is not None:
        seen[histogram.get_tag()] += histogram.get_total_count()
    assert seen == {to_tag(name): 2 for name in ODD}
    with (tmp_path / "run" / "timeline.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(TIMELINE.split(","))}
    assert {row[1] for row in rows[1:]} == {*ODD, "run"}


def test_a_record_is_one_line_for_every_reader() -> None:
    line = one_line({"reason": "a\u2028b\x85c\nd\x0ce"})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"reason": "a\u2028b\x85c\nd\x0ce"}


def test_logs_of_before_keep_their_tags(tmp_path: Path) -> None:
    """Without the comment that says so a tag is taken as it stands."""
    collector = Collector(1, lambda second: None)
    one = report(0, ok=1)
    one["operations"] = {"a%2Cb": one["operations"]["a.b"]}
    collector.merge(0, one)
    written(tmp_path / "run", collector)
    log = tmp_path / "run" / "latency.hlog"
    assert [interval.operation for interval in read_intervals(log)] == ["a%2Cb"]
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(line for line in lines if "percent-encoded" not in line))
    assert [interval.operation for interval in read_intervals(log)] == ["a%252Cb"]


def test_workers_with_names_of_their_own_are_folded_together() -> None:
    seconds: list[Second] = []
    collector = Collector(1, seconds.append, names=Names(most=5))
    for slot in (0, 1):
        one = report(0, ok=1)
        one["operations"] = {f"{slot}.{number}": one["operations"]["a.b"] for number in range(4)}
        collector.merge(slot, one)
    collector.finish()
    counts = {name: row["ok"] for name, row in collector.operations().items()}
    assert counts == {"0.0": 1, "0.1": 1, "0.2": 1, "0.3": 1, "1.0": 1, FOLDED: 3}
    assert sum(second.count("ok") for second in seconds) == 8
    assert MOST_NAMES == 1000


def test_six_thousand_names_make_a_small_snapshot(tmp_path: Path) -> None:
    """A name a request: 1,000 rows and one, and pages that a browser opens."""
    recorder, names = Recorder(), Names()
    collector = Collector(1, lambda second: None, names=Names())
    for number in range(6_000):
        counts = recorder.book(names.fold(clean("GET", f"/filing/{number}")))
        counts.started += 1
        counts.ok += 1
        counts.latency.append(1_000_000 + 1000 * number)
        counts.service.append(1_000_000 + 1000 * number)
    whole = report(0)
    collector.merge(0, {**whole, **packed({**recorder.take(), "answers": 1}, lambda: None)})
    written(tmp_path / "run", collector)
    measured = {
        "duration_s": 1.0,
        "ended": "completed",
        "load": {"model": "closed", "users": 4},
        "operations": collector.operations(),
        "generator": {},
        "answered": True,
    }
    (tmp_path / "run" / "measured.json").write_text(json.dumps(measured))
    run = finish(tmp_path / "run", manifest())
    assert len(run.operations) == MOST_NAMES + 1
    assert run.operations[FOLDED].started == 5_000
    assert len(run.notes) == 1
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "run").iterdir() if path.is_file()}
    assert sizes["report.html"] < 3_000_000
    assert sum(sizes.values()) < 8_000_000


def test_a_name_holds_no_zero_as_a_lost_power_leaves_them() -> None:
    assert clean("GET", "/a\0b") == "GET /a␀b"
