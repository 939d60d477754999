"""What the runner knows of a run and the load process does not, and what it adds once the load has ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from renhai.core import home
from renhai.core.build_labels import labels
from renhai.core.errors import InvalidRun
from renhai.core.language import in_chinese
from renhai.core.machine.environment import environment, versions
from renhai.core.yaml_lines import show_path
from renhai.plan.attainable import requests_per_s
from renhai.plan.digest import digest_of
from renhai.plan.identity import identity
from renhai.plan.model import Load, OpenLoad, Plan
from renhai.plan.schedule import Rate
from renhai.plan.search import may_serve
from renhai.run.process import directory as rundir
from renhai.run.process.target_counts import disagreements
from renhai.spec.journeys.registry import planned_steps
from renhai.spec.loader import LoadedScenario
from results.snapshot.files import replace_whole
from results.verdict.reasons import Reason, in_english, records
from results.verdict.validity import rows_end

NAME = "manifest.json"
Counts = dict[str, dict[str, int]]


def manifest(
    loaded: LoadedScenario, plan: Plan, label: str | None = None, at_once: bool = False, *, embedded: bool
) -> dict[str, Any]:
    """The keys of results.verdict.judge.Manifest, and a few that go into run.json as they are."""
    scenario = plan.scenario
    held_to = planned(loaded)
    brings = requests_per_s(loaded, scenario)
    return {
        **({"planned": {**held_to, **_arrivals(loaded, scenario.load)}} if held_to else {}),
        **({"planned_requests_per_s": brings} if brings else {}),
        **_rows_end(loaded, scenario.load),
        **_of_cases(loaded),
        **({"company": "at_once"} if at_once else {}),
        "run_id": plan.run_id,
        "scenario": {
            "name": scenario.name,
            "model": scenario.load.model,
            "digest": digest_of(scenario),
            "question": loaded.question,
            "question_zh": in_chinese(loaded.question),
            "file": _origin(loaded.path),
        },
        "target": {
            "name": loaded.binding.name,
            "url": plan.base_url,
            "environment": loaded.binding.environment,
            "embedded": embedded,
            **({"told_of": scenario.data.taxpayers} if embedded and scenario.data.registered else {}),
            **({"through": loaded.binding.through.model_dump()} if loaded.binding.through else {}),
        },
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "seed": scenario.data.seed,
        "draw": plan.seed,
        **({"taxpayers": may_serve(scenario)._asdict()} if serves(loaded) else {}),
        "identity": identity(loaded, scenario),
        "measured": scenario.measured,
        **({"allowed": list(loaded.scenario.allow)} if loaded.scenario.allow else {}),
        "thresholds": scenario.thresholds,
        "goals": scenario.goals.document(),
        "versions": versions(),
        "environment": environment(),
        "labels": labels(label),
    }


def serves(loaded: LoadedScenario) -> bool:
    """Whether a journey has to do with taxpayers at all."""
    return any(one.serves for one in loaded.journeys.values())


def _rows_end(loaded: LoadedScenario, load: Load) -> dict[str, Any]:
    """Files whose rows may end the load before its stages do (results.verdict.validity.rows_end)."""
    files = [name for name, file in loaded.scenario.data.files.items() if file.end == "stop"]
    return {rows_end.KEY: {"files": ", ".join(files), "of_s": load.seconds}} if files else {}


def _of_cases(loaded: LoadedScenario) -> dict[str, Any]:
    """The rules on cases, and how many seconds of the bureau one of the run stands for."""
    faster = loaded.scenario.catch_up.compressed if loaded.scenario.catch_up else 1.0
    pace = loaded.staffing.pace if loaded.staffing else faster
    rules = loaded.scenario.cases_held_to
    return {**({"case_rules": rules} if rules else {}), **({"pace": pace} if pace != 1.0 else {})}


def _arrivals(loaded: LoadedScenario, load: Load) -> dict[str, Any]:
    """How many transactions begin in the open model, as results.verdict.validity.planned.Arrivals has it.

    Nothing where a file whose rows come to an end may end the run.
    """
    files = loaded.scenario.data.files.values()
    if not isinstance(load, OpenLoad) or any(file.end == "stop" for file in files):
        return {}
    most = load.iterations.run if load.iterations else None
    expected = {"expected": Rate(load.stages).total, "process": load.arrivals.process, "most": most}
    return {"arrivals": expected}


def keep(directory: Path, known: Mapping[str, Any]) -> None:
    """Write manifest.json before the load starts, so that the run can be judged whatever ends its runner."""
    rundir.write(directory / NAME, json.dumps(known, ensure_ascii=False, indent=1))


def kept(directory: Path) -> dict[str, Any] | None:
    """What `keep` wrote; None where there is nothing that can be read."""
    try:
        document = json.loads((directory / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def planned(loaded: LoadedScenario) -> dict[str, Any] | None:
    """What a run is held to by its plan (see results.verdict.validity.planned); None where there is nothing.

    Journeys with what each declares to send, and the mixes by which they are drawn.

    A user's own Locust file has no journeys: what its users send is known only once they do.
    """
    if loaded.scenario.locustfile or not loaded.journeys:
        return None
    auth = loaded.binding.auth
    logins = auth.logins if auth else ()
    return {
        "journeys": {name: planned_steps(journey.steps) for name, journey in loaded.journeys.items()},
        "mixes": _mixes(loaded),
        "optional": list(loaded.scenario.optional),
        "signs": list(logins),
        "resends": bool(logins),
        "taxpayers": loaded.scenario.data.taxpayers,
    }


def _mixes(loaded: LoadedScenario) -> dict[str, dict[str, float]]:
    """Weights of journeys by `unit/post`; of arrivals by ""."""
    load = loaded.scenario.load
    if load.arrivals is not None:
        return {"": dict(load.arrivals.journeys)}
    if loaded.staffing is not None:
        groups = loaded.staffing.groups
        return {f"{one.unit}/{one.post}": dict(loaded.posts[one.plan_post].journeys) for one in groups}
    return {f"{one.unit}/{one.post}": dict(loaded.posts[one.post].journeys) for one in load.operators or []}


def amend(
    directory: Path,
    counted: Counts | None,
    *,
    interrupted: bool,
    reasons: Sequence[Reason] = (),
    exit_code: int = 0,
) -> None:
    """Add to measured.json what only the runner saw: who stopped it, and where the target's counts differ.

    exit_code: of the load process, where a user's own Locust file may set it.

    Raises InvalidRun when the file cannot be written.
    """
    path = directory / "measured.json"
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return  # the analyzer says what is wrong with the file
    before = dict(measured)
    if measured.get("ended") == "running":  # it was killed before it had counted everything
        measured["ended"] = "interrupted" if interrupted else "running"
    elif counted is not None:
        reasons = [*disagreements(measured.get("operations", {}), counted), *reasons]
    uncoded = len(measured.get("unhealthy", [])) - len(measured.get("unhealthy_codes", []))
    measured["unhealthy_codes"] = [*measured.get("unhealthy_codes", []), *[{}] * uncoded]
    for key, more in (("unhealthy", in_english(reasons)), ("unhealthy_codes", records(reasons))):
        measured[key] = [*measured.get(key, []), *more]
    if exit_code:
        measured["exit_code"] = exit_code
    if measured != before:
        try:
            replace_whole(path, json.dumps(measured, ensure_ascii=False, indent=1))
        except OSError as error:
            raise InvalidRun(
                f"{show_path(path)} cannot be written: {error.strerror}; free the disk"
            ) from None


def _origin(path: Path) -> str:
    """Where a scenario is from, without the folders of this machine."""
    root = home.find_home()
    return str(path.relative_to(root)) if path.is_relative_to(root) else show_path(path)
