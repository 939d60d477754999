"""A scenario to begin with: the journeys of a draft in their order, with the values that were seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from renhai.binding.drafting.draft import Draft, Step, dump
from renhai.binding.drafting.hidden import harmless
from renhai.binding.drafting.notes import note

MOST_STEPS = 500  # of one journey
MOST_TIMES = 1000  # that a scenario may repeat a step
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
    yield dump({"thresholds": {"*": ["error_rate < 1%", "rejection_rate < 1%"]}})


def _step(step: Step, language: str) -> Iterator[str]:
    if step.others:
        yield f"    # {note('step_others', count=step.times).text(language)}"
    for fields in step.others:
        yield f"    # {dump(_values(fields), flow=True).strip()}".replace("\n", " ")
    sent: Any = {"send": step.operation, "fields": _values(step.fields)} if step.fields else step.operation
    steps = [sent, {"think": f"{step.think:g}s"}] if step.think else [sent]
    written = [{"repeat": min(step.times, MOST_TIMES), "steps": steps}] if step.times > 1 else steps
    for one in written:
        text = f"- {one}" if isinstance(one, str) else dump([one]).rstrip("\n")
        yield from (f"    {line}" for line in text.split("\n"))


def _values(node: Any) -> Any:
    """Values as a step takes them: `${` would be a placeholder."""
    if isinstance(node, dict):
        return {str(key): _values(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_values(item) for item in node]
    return harmless(node) if isinstance(node, str) else node
