"""YAML of documents, through the real loaders: whole files, and parts that are put into a whole one first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from renhai.binding.loader import load_binding
from renhai.checks.drain.whole import Draining
from renhai.core.validation import validate
from renhai.core.yaml_lines import load_yaml
from renhai.plan.attainable import attainable
from renhai.plan.build import Options
from renhai.run import single
from renhai.spec.cutover.journal.mapping import Mapping as JournalMapping
from renhai.spec.cutover.journal.rules import load_rules as load_replay_rules
from renhai.spec.cutover.migration.loader import load_rules
from renhai.spec.cutover.programme.loader import load_programme
from renhai.spec.papers.form import load_form
from renhai.spec.workload.bureau import Bureau
from tests.docs.markdown import ROOT, Block, blocks

BARE_TARGET = """
name: city
environment: test
url: http://127.0.0.1:8400
success: any
operations: {session.open: {path: /session}}
"""
# What the journeys of docs/bindings.md are sent to: a library, and the filing of a declaration.
LIBRARY = """
name: library
environment: test
url: http://127.0.0.1:8400
success: any
operations:
  shelf.add: {path: /shelf/add}
  shelf.find: {path: /shelf/find}
  shelf.count: {path: /shelf/count, body: null}
  filing.save: {path: /filing}
"""
LENDING = """
name: lending
target: library.yaml
data: {seed: 1, profile: gt3_2015, taxpayers: 1000}
load: {arrivals: {rate: 5/s, journeys: {shelf.lend: 1}}, stages: [{hold: 10s}]}
thresholds: {run: [error_rate < 1%]}
"""
BOOKS = """
name: books
target: library.yaml
"""
THEIRS = """
from locust import HttpUser, task


class Reader(HttpUser):
    @task
    def books(self) -> None:
        self.client.get("/books")
"""


def check(block: Block, folder: Path) -> None:
    """Raises UsageError of the loaders, or AssertionError where a perfect target would fail."""
    kind, _, base = block.kind.partition("=")
    if kind not in KINDS:
        raise AssertionError(
            f"{block.place}: a YAML block says after the word yaml what it is: {', '.join(KINDS)}"
        )
    KINDS[kind](block, base, folder)


def merged(base: str, part: str) -> str:
    """The document `base`, with the top keys of `part` instead of its own."""
    whole: dict[str, Any] = yaml.safe_load(base)
    whole.update(yaml.safe_load(part))
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def scenario(text: str, folder: Path) -> None:
    """As `renhai check`, which refuses what cannot hold; nor may chance alone break a threshold."""
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    prepared = single.prepare(single.RunRequest(str(file), (), None, Options(None, None, None, None, 1)))
    assert attainable(prepared.loaded, prepared.scenario, Options()).doubts == []


def _scenario(block: Block, base: str, folder: Path) -> None:
    """base: the name under which the page's first target file stands beside it."""
    if base:
        targets = (one.text for one in blocks(ROOT / block.file) if one.kind == "target")
        (folder / base).write_text(next(targets), encoding="utf-8")
    scenario(block.text, folder)


def _scenario_part(block: Block, base: str, folder: Path) -> None:
    (folder / "library.yaml").write_text(LIBRARY, encoding="utf-8")
    (folder / "theirs.py").write_text(THEIRS, encoding="utf-8")
    (folder / "books.csv").write_text("isbn,title\n4711,x\n", encoding="utf-8")
    own = {"lending": LENDING, "books": BOOKS, "lending-rows": LENDING}
    whole = own[base] if base in own else (ROOT / "scenarios" / f"{base}.yaml").read_text(encoding="utf-8")
    scenario(merged(whole, block.text), folder)


def _target(block: Block, base: str, folder: Path) -> None:
    file = folder / "target.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_binding(str(file))


def _target_part(block: Block, base: str, folder: Path) -> None:
    file = folder / "target.yaml"
    file.write_text(merged(BARE_TARGET, block.text), encoding="utf-8")
    load_binding(str(file))


def _bureau(block: Block, base: str, folder: Path) -> None:
    file = folder / "bureau.yaml"
    file.write_text(block.text, encoding="utf-8")
    validate(Bureau, load_yaml(file))


def _rules(block: Block, base: str, folder: Path) -> None:
    file = folder / "rules.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_rules(file)


def _drain(block: Block, base: str, folder: Path) -> None:
    file = folder / "drain.yaml"
    file.write_text(block.text, encoding="utf-8")
    Draining(file, "http://127.0.0.1:8400")


def _replay(block: Block, base: str, folder: Path) -> None:
    file = folder / "rules.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_replay_rules(file)


def _programme(block: Block, base: str, folder: Path) -> None:
    file = folder / "programme.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_programme(file)


def _form(block: Block, base: str, folder: Path) -> None:
    """A form of printed papers."""
    file = folder / "form.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_form(file)


def _mapping(block: Block, base: str, folder: Path) -> None:
    file = folder / "mapping.yaml"
    file.write_text(block.text, encoding="utf-8")
    validate(JournalMapping, load_yaml(file))


def _prometheus(block: Block, base: str, folder: Path) -> None:
    """tests/e2e/test_prometheus.py hands it to the real one; here: the keys that scrape a run."""
    found = yaml.safe_load(block.text)
    assert set(found) == {"global", "scrape_configs"}
    (job,) = found["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:9400"]}]


def _ci(block: Block, base: str, folder: Path) -> None:
    """tests/e2e/test_ci.py runs its commands; test_snippets.py holds each line to the command line."""
    assert list(ci_lines(block)), block.place


def ci_lines(block: Block) -> list[str]:
    """The shell lines of a job of GitHub (`jobs: steps: run`) or GitLab (`script`)."""
    found = yaml.safe_load(block.text)
    steps = [step["run"] for job in found.get("jobs", {}).values() for step in job["steps"] if "run" in step]
    jobs = [job for job in found.values() if isinstance(job, dict)]
    scripts = [line for job in jobs for line in job.get("script", ())]
    return [line.strip() for text in [*steps, *scripts] for line in text.splitlines() if line.strip()]


KINDS: dict[str, Callable[[Block, str, Path], None]] = {
    "scenario": _scenario,
    "scenario-part": _scenario_part,
    "target": _target,
    "target-part": _target_part,
    "bureau": _bureau,
    "rules": _rules,
    "replay": _replay,
    "mapping": _mapping,
    "drain": _drain,
    "programme": _programme,
    "form": _form,
    "prometheus": _prometheus,
    "ci": _ci,
}
