"""What `renhai rehearse` prints: the answer, each gate, what stands against opening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.checks.rehearsal import Gate, Overview
from results.language import language
from results.language.catalogue import say
from results.language.numbers import agreed
from results.report.words.rehearsal import ANSWERS, MEANINGS, STATES, confidence


def lines(about: Mapping[str, Any], stands: Overview) -> list[str]:
    """The whole in a screen."""
    mine = int(language() == "zh")
    title = (about["title_en"], about["title"])[mine]
    head = f"{' '.join(ANSWERS[stands.answer])}: {title}, {about['opens']}"
    found = [head, f"  {MEANINGS[stands.answer][mine]}"]
    found += [text for gate in stands.gates for text in told(gate).splitlines()]
    return found + [f"  {one[mine] if mine else agreed(one[0])}" for one in confidence(about, stands)]


def told(gate: Gate) -> str:
    """A gate: its state, its newest answer, why it is shut, and who has it."""
    mine = int(language() == "zh")
    stage, newest = gate.stage, gate.newest
    title = (stage.title_en, stage.title)[mine]
    headline = newest.headline[mine] if newest else ""
    answer = f": {headline if mine else agreed(headline)}" if headline else ""
    late = f" ({say('late')})" if gate.late else ""
    found = [f"  {' '.join(STATES[gate.state])}{late} {stage.name} {title}{answer}"]
    found += [f"    - {why.said(mine) if mine else agreed(why.said(0))}" for why in gate.why]
    if gate.state != "passed":
        found[-1] += f" ({stage.owner}, {stage.ends})"
    return "\n".join(found)
