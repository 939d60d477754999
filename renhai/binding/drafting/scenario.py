"""A scenario to begin with: the journeys of a draft in their order, with the values that were seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from renhai.binding.drafting.draft import Draft, Step, dump
from renhai.binding.drafting.hidden import harmless
from renhai.binding.drafting.notes import note

MOST_STEPS = 500  # of one journey
UNIT = 14301030000  # any authority will do: the target is no tax system, or the person fills it in


def scenario_text(draft: Draft, target: str, language: str = "en") -> str:
    """The scenario's YAML; it loads as it is once the target file does. Empty where there is no journey."""
    if not draft.journeys:
        return ""
    return "\n".join(line.rstrip("\n") for line in _lines(draft, target, language)) + "\n"


def _lines(draft: Draft, target: str, language: str) -> Iterator[str]:
    def comment(code: str, **values: Any) -> str:
        return f"# {note(code, **values).text(language)}"

    yield comment("scenario_head", name=draft.name, origin=draft.origin)
    yield "# renhai check THIS_FILE"
    name = re.sub(r"[^a-z0-9]+", "-", draft.name.lower()).strip("-")[:50] or "drafted"
    yield dump({"name": f"{name}-draft", "target": target}, flow=False)
    yield dump({"data": {"seed": 1, "taxpayers": 1000}})
    yield comment("scenario_load")
    load = {"operators": [{"unit": UNIT, "post": "drafted", "count": 1}], "stages": [{"hold": "60s"}]}
    yield dump({"load": load})
    post = {"journeys": dict.fromkeys(draft.journeys, 1), "think_time": {"fixed": f"{draft.think or 1.0:g}s"}}
    yield dump({"posts": {"drafted": post}})
    yield comment("scenario_values")
    yield "journeys:"
    for journey, steps in draft.journeys.items():
        yield f"  {journey}:"
        for step in steps[:MOST_STEPS]:
            yield from _step(step, language)
        if len(steps) > MOST_STEPS:
            yield f"  # {note('steps_lost', count=len(steps) - MOST_STEPS).text(language)}"
    yield comment("scenario_rules")
    yield dump({"thresholds": {"*": ["error_rate < 1%"]}})


def _step(step: Step, language: str) -> Iterator[str]:
    if step.times > 1:
        yield f"    # {note('step_times', count=step.times).text(language)}"
    for fields in step.others:
        if fields:
            yield f"    # {dump(_values(fields), flow=True).strip()}".replace("\n", " ")
    written: Any = {"send": step.operation}
    if step.fields:
        written["fields"] = _values(step.fields)
    if step.think:
        yield f"    # {note('thought', seconds=step.think).text(language)}"
    step_text = dump([written]) if step.fields else f"- {step.operation}"
    lines = step_text.rstrip("\n").split("\n")
    yield from (f"    {line}" for line in lines)


def _values(node: Any) -> Any:
    """Values as a step takes them: `${` would be a placeholder."""
    if isinstance(node, dict):
        return {str(key): _values(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_values(item) for item in node]
    return harmless(node) if isinstance(node, str) else node
