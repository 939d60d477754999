"""What only a person can fill in, before anything is sent: values that a draft asks for, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from renhai.binding.drafting.notes import OPEN
from renhai.binding.loader import needed_secrets
from renhai.core.errors import Problem, UsageError
from renhai.core.process.child_process import child_environment
from renhai.core.yaml_lines import Where, show_path, spell
from renhai.spec.journeys.written.declared import each_step
from renhai.spec.journeys.written.steps import Step
from renhai.spec.loader import LoadedScenario


def check_filled_in(loaded: LoadedScenario) -> None:
    """Raises UsageError: a system may well answer ok to FILL IN."""
    problems = []
    for name in loaded.journeys:
        for here, step in each_step(loaded.scenario.journeys.get(name, ()), ("journeys", name)):
            for place in _open(step.fields, (*here, "fields")) if isinstance(step, Step) else ():
                why = "is still FILL IN; write what is to be sent"
                problems.append(Problem(loaded.file.where(place), spell(place), why))
    if problems:
        raise UsageError(problems)
    environ = child_environment()
    missing = sorted(name for name in needed_secrets(loaded.binding) if not environ.get(name))
    if missing:
        why = f"needs the environment variable {missing[0]}, which is not set; export it and run again"
        raise UsageError(Problem(show_path(loaded.binding_path), "", why))


def _open(node: Any, here: Where) -> Iterator[Where]:
    if isinstance(node, str) and node.strip() == OPEN:
        yield here
    elif isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _open(inner, (*here, key))
