"""RENHAI_LANG=zh: no single English word on a page or in the terminal, but for names, keys and units."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType

from renhai.cli.app import run_cli
from renhai.core import home
from renhai.spec.cutover.programme.loader import load_programme
from renhai.spec.loader import load_scenario
from results.checks.ledger.model import Ledger
from results.checks.papers.document import COUNTS
from results.checks.rehearsal import Overview, Why
from results.flow.summary import document as flow_document
from results.report import write_report
from results.report.files.run import finish
from results.report.html.checks.replay import render_replay
from results.report.html.page import environment
from results.report.html.papers import papers_part
from results.report.html.rehearsal import render
from results.report.html.runs import write_runs_page
from results.report.terminal.cases import render_cases
from results.report.terminal.comparison import plain as printed
from results.report.terminal.comparison import render_comparison, render_trend
from results.report.terminal.drill import render_drill
from results.report.terminal.goals import render_goals
from results.report.terminal.replay import lines as replay_lines
from results.report.terminal.run import plain_summary
from results.report.terminal.runs import render_runs
from results.snapshot.listing import list_runs
from results.snapshot.run import Run
from tests.cli.test_chinese import NAMES, PRODUCTS, chinese, plain  # noqa: F401  # chinese: of every test here
from tests.results.checks.audits import LOST, audit
from tests.results.flow.test_flow import Told
from tests.results.recording import Recording, manifest
from tests.results.report.coloured import EVERY, change, comparison, trend
from tests.results.report.pages import GOALS, compared, trended
from tests.results.report.test_drill_words import drill
from tests.results.report.test_go_page import GOLIVE, gate
from tests.results.report.test_replay_page import DAY

# What stays as it is: products and standards, units, metrics as thresholds have them, values of keys, and the
# names that these tests themselves give.
PRODUCT_NAMES = """renhai Locust HdrHistogram Python Linux CPU JavaScript RTO RPO GB MB HTTP PDF OFD English
    json html jsonl python benchmarks PASS FAIL INVALID CANNOT DECIDE"""
KEYS = """ms min us pp pt CST UTC p50 p95 p99 p999 error_rate rejection_rate throughput typical wait close
    sha run ok test staging reference"""
GIVEN = """smoke baseline candidate declaration desk app move head export row ybtse hall late auto
    target Example abcdef first second third fourth script"""
ALLOWED = frozenset(f"{PRODUCT_NAMES} {KEYS} {GIVEN}".split())
WORD = re.compile(r"[A-Za-z][A-Za-z_]*[0-9]*[A-Za-z]+")


def scraps(text: str) -> set[str]:
    """English words that a reader of Chinese meets."""
    plain_text = PRODUCTS.sub(" # ", NAMES.sub(" # ", unescape(text)))
    return {word for word in WORD.findall(plain_text) if word not in ALLOWED}


def none_in(shown: dict[str, str]) -> None:
    """Fails with each word and what stands around it."""
    found = [
        f"{name}: {word}: {' '.join(text[max(0, text.find(word) - 30) : text.find(word) + 40].split())}"
        for name, text in shown.items()
        for word in sorted(scraps(text))
    ]
    assert not found, "\n".join(found)


def terminal(shown: RenderableType | list[RenderableType]) -> str:
    parts = shown if isinstance(shown, list) else [shown]
    return "\n".join(printed(part, 200) for part in parts)


GROUPS = [
    {"unit": "14301020000", "post": "declaration-desk", "unit_name": "芙蓉区", "post_name": "申报岗",
     "seats": 3, "signed_in": 2, "attempted": 7, "completed": 5, "errors": 1, "rejected": 1,
     "error_screens": 1, "cut": 0, "p50_ms": 10.0, "p95_ms": 900.0, "max_ms": 1000.0, "seated_s": 9.0,
     "waiting_s": 1.0}
]  # fmt: skip
ENVIRONMENT = {
    "cpu_model": "Example 9 # 2.4", "cores": 2, "memory_gb": 8, "kernel": "5.4", "platform": "Linux",
    "python": "3.11", "git": {"commit": "0123456789abcdef", "dirty": False},
}  # fmt: skip


def judged(directory: Path) -> Run:
    """A run with all that a report can have."""
    recording = Recording(duration_s=4).add("a.query", [1000] * 100).add("b.save", [90_000] * 50)
    recording.measured = {"groups": GROUPS, "journeys": {"declaration.file": {"started": 7, "completed": 5}}}
    recording.add("b.save", [500] * 4, "error").add("b.save", [500] * 2, "rejected").write(directory)
    kinds = [("error", "the answer is empty"), ("error", "total timeout"), ("rejected", "业务校验未通过")]
    failures = [
        {"operation": "b.save", "outcome": outcome, "reason": reason, "count": 4, "second": 1}
        for outcome, reason in kinds
    ]
    (directory / "failures.jsonl").write_text("\n".join(map(json.dumps, failures)))
    (directory / "audit.json").write_text(json.dumps(audit(LOST)))
    about = manifest(
        environment=ENVIRONMENT,
        labels={"build": "2.4.1", "job": "7"},
        scenario={"name": "smoke", "question": "?"},
    )
    found = finish(directory, about)
    told = Told().accept(10, "a").take(15, "a").close(40, "a").add(30, "export.feedback", "a")
    more = {"drill": drill(level=3), "cases": flow_document(told.flow(), 4.0)}
    return found.model_copy(update={**GOALS, **more})


WHY = (
    (),
    ("its command found a failure", "its evidence was changed since: timeline.csv"),
    ("it was never run", "what it asks was changed since it ran"),
)


def overview() -> tuple[dict[str, Any], Overview]:
    programme = load_programme(GOLIVE)
    states = ("passed", "failed", "not_run")
    gates = [
        replace(gate(programme, name, states[n % 3]), why=tuple(map(Why, WHY[n % 3])))
        for n, name in enumerate(programme.stages)
    ]
    about = {
        "name": programme.name, "title": programme.title, "title_en": programme.title_en, "build": "2.4.1",
        "opens": str(programme.opens), "renhai": "0.2.0", "at": "2015-09-30T08:00:00Z",
        "calendar": programme.calendar,
    }  # fmt: skip
    return about, Overview(tuple(gates), "fail")


def pages(folder: Path) -> dict[str, str]:
    """The text of every page."""
    found = {"report": plain(write_report(folder / "run", judged(folder / "run")))}
    found["comparison"] = plain(compared(folder / "compared"))
    found["trend"] = plain(trended(folder / "trended"))
    found["runs"] = plain(write_runs_page(folder, list_runs(folder)))
    about, stands = overview()
    texts = {name: render(name, about, stands) for name in ("go", "programme")}
    texts["replay"] = render_replay(DAY, Ledger(), [DAY])
    counts = dict.fromkeys(COUNTS, 3)
    papers = papers_part({
        "state": "incomplete", "at": "", "counts": counts, "faults": [],
        "problems": ["worker-0.jsonl line 3 is torn"], "pictures": [], "operations": {"a.print": counts},
    })  # fmt: skip
    source = '{% from "papers.j2" import printed with context %}{{ printed(papers) }}'
    texts["papers"] = environment().from_string(source).render(papers=papers)
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
        found[name] = plain(folder / f"{name}.html")
    stages = "|".join(gate.stage.name for gate in stands.gates)
    found["programme"] = re.sub(rf"\b(?:{stages})\b", " # ", found["programme"])
    return found


def test_no_page_has_an_english_word(tmp_path: Path) -> None:
    found = pages(tmp_path)
    assert len(found) == 8
    none_in(found)


def test_no_table_in_the_terminal_has_an_english_word(tmp_path: Path) -> None:
    run = judged(tmp_path / "run")
    extra = run.model_extra or {}
    told = Told().accept(10, "a").take(15, "a").close(40, "a")
    shown = {
        "run": plain_summary(run),
        "goals": terminal(render_goals(run)),
        "drill": terminal(render_drill(extra.get("drill") or drill(level=3))),
        "cases": terminal(render_cases(flow_document(told.flow(), 4.0))),
        "comparison": terminal(render_comparison(comparison(*EVERY))),
        "trend": terminal(render_trend(trend(change(10)))),
        "runs": terminal(render_runs(list_runs(tmp_path), 10)),
        "replay": "\n".join(replay_lines(DAY, 1)),
    }
    none_in(shown)


def names() -> str:
    """Posts, journeys, operations and bureaux that scenarios speak of."""
    found: set[str] = set(home.scenario_names()) | set(home.target_names()) | set(home.bureau_names())
    for name in LOOKS:
        found |= set(load_scenario(name).posts)
    return "|".join(sorted((re.escape(name) for name in found), key=len, reverse=True))


LOOKS = ("smoke", "capacity", "cases", "drill")


@pytest.mark.parametrize("name", LOOKS)
def test_no_check_says_an_english_word(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", name]) in (0, 1)
    shown = capsys.readouterr().out.replace(str(home.find_home()), "/home")
    told = re.sub(r"\b[a-z_]+(?:\.[a-z_]+)+\b", " # ", shown)
    none_in({name: re.sub(rf"\b(?:{names()})\b", " # ", told)})


def test_a_word_that_is_left_in_english_would_be_seen() -> None:
    assert scraps("演练 freeze target 0.50 s；提交 dirty False") == {"freeze", "dirty", "False"}
    assert scraps("用 `renhai check x` 看 p95 < 3s，results/runs，--out，a.query") == set()
