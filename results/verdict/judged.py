"""From a directory and what is known of its run to the judged Run: at its end, and each time again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from results.errors import SnapshotError
from results.snapshot.run import Run, load_run
from results.verdict.checks.audit import audited, read_audit
from results.verdict.checks.cases import CasesJudged, judge_cases
from results.verdict.checks.drill import drilled
from results.verdict.checks.papers import read_papers, with_papers
from results.verdict.goals import Goals, applied, assess
from results.verdict.judge import judge_evidence
from results.verdict.reasons import read_all
from results.verdict.run_summary import Judgement, Manifest, summarise
from results.verdict.validity import rows_end
from results.verdict.validity.evidence import Evidence, read_evidence

RUNNER_REASONS = "runner_reasons"  # of the manifest: records of reasons that make the run invalid


def judge_run(directory: Path, manifest: dict[str, Any]) -> tuple[Run, Evidence]:
    """The judged run and the evidence that it was judged by; nothing is written.

    `manifest` has the keys of Manifest; `goals`, `capacity` and `runner_reasons` among its further ones are
    judged, too. Raises SnapshotError for a manifest that cannot be used, RuleError for a bad rule.
    """
    try:
        known = Manifest.model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "manifest: " + ".".join(str(part) for part in first["loc"])
        raise SnapshotError(where, first["msg"], "give the keys of results.verdict.judge.Manifest") from error
    evidence = read_evidence(directory)
    goals = assess(directory, evidence, known.model_extra or {})
    if goals.values:
        known = Manifest.model_validate({**manifest, **goals.values})
    optional = (manifest.get("planned") or {}).get("optional") or []
    wanted = (known.model_extra or {}).get("goals") or {}
    drill = bool(wanted.get("drill"))
    judgement = applied(judge_evidence(evidence, known.thresholds, optional, drill), goals)
    judgement = judgement.adding(rows_end.notes(evidence, known.model_extra or {}))
    found = judge_cases(directory, evidence.measured, known.model_extra or {})
    judgement = _with_cases(judgement, found)
    if found.document:
        known = known.model_copy(update={"cases": found.document})
    judgement = audited(judgement, wanted.get("audit"), read_audit(directory))
    judgement = with_papers(judgement, wanted.get("papers"), read_papers(directory))
    judgement = drilled(judgement, wanted.get("drill"), goals.values.get("drill"))
    told = read_all(manifest.get(RUNNER_REASONS) or [])
    if told:
        judgement = replace(judgement, verdict="invalid", why=[*told, *judgement.why])
    return summarise(evidence, judgement, known), evidence


def _with_cases(judgement: Judgement, found: CasesJudged) -> Judgement:
    """The judgement with the rules on cases, which decide as thresholds do, and what is told beside them."""
    rows = [*judgement.thresholds, *found.rows]
    judgement = replace(judgement, thresholds=rows)
    return applied(judgement, Goals({}, found.failures, found.doubts)).adding(found.notes)


def load_judged(path: Path) -> Run:
    """A run as `load_run` reads it, whose evidence was judged again: it must say what run.json says.

    A run that is not sealed (an older schema), or of which a baseline kept less than a judge needs, keeps its
    verdict. Raises SnapshotError that names what does not agree.
    """
    run = load_run(path)
    directory = path if path.is_dir() else path.parent
    if "measured.json" not in run.evidence:
        return run
    again, _ = judge_run(directory, manifest_of(run))
    if again.verdict != run.verdict:
        found = "; ".join(again.reasons) or "all held"
        why = f"is {run.verdict}, but its evidence says {again.verdict}: {found}"
        raise SnapshotError(
            f"{directory / 'run.json'}: verdict", why, "run the scenario again with this renhai"
        )
    if again.operations != run.operations:
        differ = [name for name, found in again.operations.items() if run.operations.get(name) != found]
        why = f"of {(differ or sorted(run.operations))[0]} are not what the evidence says"
        raise SnapshotError(f"{directory / 'run.json'}: operations", why, "run the scenario again")
    return run


def manifest_of(run: Run) -> dict[str, Any]:
    """What was known of a run before it was judged, out of its run.json."""
    return {
        **(run.model_extra or {}),
        "scenario": run.scenario,
        "target": run.target,
        "thresholds": run.rules,
        **{
            key: getattr(run, key)
            for key in ("run_id", "started", "seed", "versions", "environment", "labels")
        },
    }
