"""docs/ci.md does what it says: its own commands, on a build as quick as its baseline and on a slower one.

Short runs by the variables that stand in the document. A fixed service time is planted, as a tax system has
one; the slower build takes six times as long, so that no noise of this machine hides or feigns it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import yaml

from results.compare.baseline import read_baseline
from results.snapshot.run import load_run
from tests import forked
from tests.e2e.test_run import environ, target

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
USUAL, SLOWER = "latency=200ms", "latency=1200ms"
OURS = ("pip install ", "./deploy ")  # the reader's own, not ours to run
SCENARIO = """
name: ours
target: reference
data: {seed: 20150911, profile: gt3_2015, taxpayers: 5000}
load:
  arrivals: {rate: 60/s, process: constant, journeys: {registration.register: 1}}
  stages: [{hold: 2s}]
thresholds:
  run: [error_rate < 1%, p95 < 5s]
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}[^\n]*\n(.*?)```", DOCUMENT, re.DOTALL)


def commands() -> dict[str, list[str]]:
    """Every command line of the page, by the CI system."""
    github, gitlab = (yaml.safe_load(text) for text in blocks("yaml"))
    steps = [step["run"] for job in github["jobs"].values() for step in job["steps"] if "run" in step]
    scripts = [line for job in gitlab.values() for line in job.get("script", [])]
    quoted = re.findall(r"(?:sh |script: )(?:'''(.*?)'''|'([^']+)')", *blocks("groovy"), re.DOTALL)
    return {
        "shell": _lines(blocks("sh")),
        "github": _lines(steps),
        "gitlab": _lines(scripts),
        "jenkins": _lines([text for pair in quoted for text in pair]),
    }


def _lines(texts: list[str]) -> list[str]:
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def test_every_ci_system_has_the_same_commands() -> None:
    found = commands()
    update, run, trend = found.pop("shell")
    assert (update.split()[:3], run.split()[:2]) == (["renhai", "baseline", "update"], ["renhai", "run"])
    assert trend.startswith("renhai trend ")
    for system, lines in found.items():
        assert [line for line in lines if line.startswith("renhai ")].count(update) == 1, system
        assert {line for line in lines if line.startswith("renhai ")} == {update, run}, system
        further = [line for line in lines if not line.startswith(("renhai ", *OURS))]
        assert further == (['cat results/runs/*/summary.md >> "$GITHUB_STEP_SUMMARY"'] * (system == "github"))


def shell(folder: Path, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One line as a CI server runs it."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "renhai"
    forked.write_program(program)
    known = {name: text for name, text in environ().items() if not name.startswith(("CI", "GIT", "BUILD_"))}
    path = f"{program.parent}{os.pathsep}{known['PATH']}"
    shared = {
        "PATH": path, "SCENARIO": "ours.yaml", "BASELINE": "kept/ours", "REASON": "first release",
        "TOLERANCE": "50%", "HISTORY": "results/runs", "GITHUB_STEP_SUMMARY": str(folder / "step.md"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-e", "-c", line], cwd=folder, env={**known, **shared, **variables},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def loaded(folder: Path, line: str, build: str, fault: str, code: int) -> str:
    """What is printed when a build is held against the baseline, deployed anew."""
    for _ in range(3):
        with target(*database(folder), "--fault", fault) as url:
            done = shell(folder, line, RENHAI_LABEL=build, LOAD="--repeat 3 --spare 5", TARGET=url)
        if done.returncode != 4:  # it is where this machine was too busy to tell
            break
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def database(folder: Path) -> tuple[str, str]:
    """A new one for each deployment, as docs/ci.md says: a known taxpayer is not registered again."""
    number = len(list(folder.glob("target-*.db")))
    return "--database", f"sqlite:///{folder / f'target-{number}.db'}"


def compared(folder: Path) -> Path:
    return max((folder / "results" / "runs").glob("*-compared"))


def test_an_equal_build_is_green_and_a_slower_one_red(tmp_path: Path) -> None:
    update, run, trend = commands()["shell"]
    (tmp_path / "ours.yaml").write_text(SCENARIO)
    with target(*database(tmp_path)) as url:
        assert shell(tmp_path, run.partition(" --baseline")[0], LOAD="--spare 5", TARGET=url).returncode == 0
    with target(*database(tmp_path), "--fault", USUAL) as url:
        done = shell(tmp_path, update, RENHAI_LABEL="v1", LOAD="--repeat 3 --spare 5", TARGET=url)
    assert done.returncode == 0, done.stdout + done.stderr
    check_baseline(tmp_path / "kept" / "ours")
    check_green(tmp_path, loaded(tmp_path, run, "v2", USUAL, 0))
    check_red(tmp_path, loaded(tmp_path, run, "v3", SLOWER, 1))
    assert shell(tmp_path, trend).returncode in (0, 1, 4)
    assert (tmp_path / "build" / "trend" / "trend.html").stat().st_size > 10_000


def check_baseline(folder: Path) -> None:
    kept = read_baseline(folder)
    assert (len(kept.runs), kept.settings, kept.scenario) == (3, {"tolerance": 0.5}, "ours")
    (why,) = kept.updates
    assert (why.reason, why.build, bool(why.who), why.verdicts) == ("first release", "v1", True, {"pass": 3})
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 60_000
    assert {file.name for file in folder.rglob("*") if file.is_file()} == {
        "baseline.json", "run.json", "latency.hlog",
    }  # fmt: skip


def check_green(folder: Path, said: str) -> None:
    assert "that decides is worse" in said or "nothing is worse" in said
    assert "3 baseline run(s) of v1, 3 candidate run(s) of v2" in said
    place = compared(folder)
    assert json.loads((place / "comparison.json").read_text())["verdict"] == "pass"
    assert not ET.parse(place / "junit.xml").findall(".//failure")
    github = commands()["github"]
    assert shell(folder, github[-1]).returncode == 0
    text = (folder / "step.md").read_text()
    assert "## PASS 通过: ours on reference against its baseline" in text
    assert "## PASS 通过: ours on reference\n" in text


def check_red(folder: Path, said: str) -> None:
    """The runs themselves hold their thresholds: only the comparison sees it."""
    assert "the candidate is worse" in said
    place = compared(folder)
    found = json.loads((place / "comparison.json").read_text())
    assert (found["verdict"], found["candidate_builds"]) == ("fail", ["v3"])
    assert {load_run(folder / "results" / "runs" / name).verdict for name in found["candidate"]} == {"pass"}
    worse = {row["metric"] for row in found["rows"] if row["finding"] == "worse"}
    assert worse <= {"p50", "p90", "p95", "p99", "throughput"} and "p50" in worse
    assert ET.parse(place / "junit.xml").findall(".//failure")
    assert (place / "comparison.html").stat().st_size > 10_000
