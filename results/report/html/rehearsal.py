"""The pages of a rehearsal: go.html, one screen for the head of the bureau; programme.html, its calendar; and
ledger.html, its ledger of problems, once there is one.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from results.checks.ledger.model import Ledger, read_ledger
from results.checks.ledger.standing import standing
from results.checks.rehearsal import Gate, Overview
from results.errors import SnapshotError
from results.report.html.checks.ledger import write_ledger_page
from results.report.html.page import embedded, environment
from results.report.junit import Case, suite_xml
from results.report.words.rehearsal import ANSWERS, MEANINGS, STATES, VERDICT_OF, confidence, names
from results.snapshot.files import write_whole

SCHEMA = 2  # 1: `why` of a gate was texts, which named other stages by their names
FILES = ("go.html", "programme.html", "rehearsal.json", "junit.xml")
LEDGER, PROBLEMS = "ledger.json", "ledger.html"
OUTCOMES: dict[str, Literal["", "failure", "error"]] = {
    "pass": "",
    "fail": "failure",
    "inconclusive": "error",
}


def write_rehearsal(folder: Path, about: Mapping[str, Any], stands: Overview) -> list[Path]:
    """Writes go.html, programme.html, rehearsal.json and junit.xml; returns the two pages.

    Raises SnapshotError when one cannot be written; then none is left that says what was once.
    """
    try:
        return _write(folder, about, stands)
    except SnapshotError:
        for name in (*FILES, PROBLEMS):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
        raise


def _write(folder: Path, about: Mapping[str, Any], stands: Overview) -> list[Path]:
    document = {
        "schema": SCHEMA,
        **about,
        "verdict": stands.answer,
        "gates": [{**asdict(one), "why": [why.record() for why in one.why]} for one in stands.gates],
    }
    write_whole(folder / "rehearsal.json", json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    write_whole(folder / "junit.xml", rehearsal_junit(about, stands))
    ledger = _ledger(folder)
    pages = [folder / "go.html", folder / "programme.html"]
    for page in pages:
        write_whole(page, render(page.stem, about, stands, ledger))
    return pages


def _ledger(folder: Path) -> Ledger | None:
    """The rehearsal's ledger, its page written; None where there is none or it cannot be read, which the
    gates tell: then no page says what once stood in it."""
    try:
        found = read_ledger(folder / LEDGER)
    except SnapshotError:
        (folder / PROBLEMS).unlink(missing_ok=True)
        return None
    write_ledger_page(folder / PROBLEMS, found, standing(found))
    return found


def render(name: str, about: Mapping[str, Any], stands: Overview, ledger: Ledger | None = None) -> str:
    """`go` or `programme` as text. ledger: whose page is linked."""
    first, days = _days(about, stands)
    return environment().get_template(f"{name}.html.j2").render(
        about=about,
        stands=stands,
        answers=ANSWERS,
        meaning=MEANINGS[stands.answer],
        states=STATES,
        tone=lambda gate: VERDICT_OF.get(gate.state, "inconclusive"),
        sure=list(confidence(about, stands)),
        against=[one for one in stands.gates if one.state != "passed" or one.late],
        share=lambda day: round(100 * (datetime.date.fromisoformat(day) - first).days / days, 2),
        width=lambda stage: round(100 * _length(stage) / days, 2),
        scale=[first, first + datetime.timedelta(days=days // 2), about["opens"]],
        before=lambda gate: before(gate, stands),
        said=lambda why: (why.said(0), why.said(1)),
        problems=len(ledger.problems) if ledger else 0,
        unsolved=sum(one.state != "solved" for one in ledger.problems) if ledger else 0,
        ledger=PROBLEMS if ledger else "",
        data=embedded({}),
    )  # fmt: skip


def before(gate: Gate, stands: Overview) -> tuple[str, str]:
    """The titles of the stages that a gate waits for."""
    found = [stands.gate(name) for name in gate.stage.after]
    return names(found, 0), names(found, 1)


def _days(about: Mapping[str, Any], stands: Overview) -> tuple[datetime.date, int]:
    """The first planned day, and how many there are up to the opening."""
    first = min(datetime.date.fromisoformat(one.stage.begins) for one in stands.gates)
    return first, (datetime.date.fromisoformat(about["opens"]) - first).days + 1


def _length(stage: Any) -> int:
    ends, begins = (datetime.date.fromisoformat(day) for day in (stage.ends, stage.begins))
    return (ends - begins).days + 1


def rehearsal_junit(about: Mapping[str, Any], stands: Overview) -> str:
    """A case for the answer, then one a gate: failed is a failure, whatever is not proven an error."""
    name = f"renhai.{about['name']}.rehearsal"
    outcome = OUTCOMES[stands.answer]
    cases = [Case(name, "may we open", outcome, MEANINGS[stands.answer].en if outcome else "")]
    return suite_xml(name, [*cases, *(_case(name, gate) for gate in stands.gates)])


def _case(name: str, gate: Gate) -> Case:
    told = "; ".join(why.said(0) for why in gate.why)
    if gate.state == "failed":
        return Case(f"{name}.gate", gate.stage.name, "failure", told)
    if gate.state != "passed":
        return Case(f"{name}.gate", gate.stage.name, "error", told)
    return Case(f"{name}.gate", gate.stage.name)
