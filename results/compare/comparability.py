"""Whether two runs may be compared at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.snapshot.run import Run
from results.verdict.reasons import Reason
from results.verdict.reasons import comparison as why
from results.verdict.run_summary import reasons_of

# Versions whose change changes what is measured. Of the environment, the machine; the rest may differ.
ENGINE = ("renhai", "locust", "gevent", "python")


MACHINE = ("cpu_model", "cores", "memory_gb", "platform")


def differences(runs: Sequence[Run]) -> list[Reason]:
    """What makes runs incomparable; empty when they compare."""
    return unlike([kind_of(run) for run in runs]) + [invalid(run) for run in runs if run.verdict == "invalid"]


def invalid(run: Run) -> Reason:
    """That this run is invalid, and why."""
    return why.RunInvalid(run=run.run_id, why=tuple(reasons_of(run)) or (why.JustInvalid(),))


def unlike(kinds: Sequence[Mapping[str, str]]) -> list[Reason]:
    """The same for kinds as of `kind_of`, by the names that the first one has."""
    found: list[Reason] = []
    for name in kinds[0] if kinds else {}:
        seen = list(dict.fromkeys(kind[name] for kind in kinds))
        if len(seen) > 1:
            found.append(why.Differs(kind=why.Kind[name.replace(" ", "_")], values=tuple(seen)))
    return found


def kind_of(run: Run) -> dict[str, str]:
    """What must be equal for two runs to compare. The seed may differ: it is another sample of the same."""
    return {
        "scenario": run.scenario.name,
        "scenario digest": run.scenario.digest,
        "target": run.target.name,
        "load model": run.load.model,
        "load processes": str(run.generator.processes),
        **engine_of(run.versions),
        **machine_of(run.environment),
    }


def engine_of(versions: Mapping[str, Any]) -> dict[str, str]:
    """The part of a kind that is what made the load, from a run's `versions`."""
    return {name: str(versions.get(name)) for name in ENGINE}


def machine_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """The part of a kind that is the machine, from a run's `environment`. Memory in whole GB: it varies by a
    few MB from kernel to kernel."""
    known = {name: environment.get(name) for name in MACHINE}
    return {name: f"{v:.0f}" if isinstance(v, float) else str(v) for name, v in known.items()}
