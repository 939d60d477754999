"""The files that a finished run leaves for people and CI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from results.errors import SnapshotError
from results.report import write_report
from results.report.markdown import junit_xml, summary_markdown
from results.snapshot.run import Run, write_run, write_whole
from results.verdict.evidence import read_evidence
from results.verdict.goals import applied, assess
from results.verdict.judge import judge_evidence
from results.verdict.run_summary import Manifest, summarise


def finish(directory: Path, manifest: dict[str, Any], *, pages: bool = True) -> Run:
    """Judges what the load left in `directory`; writes run.json (once), summary.md, junit.xml, report.html.

    `manifest` has the keys of Manifest; `goals` and `capacity` among its further ones are judged, too.
    Without `pages` only run.json is written. Raises SnapshotError for a manifest, file or disk that cannot be
    used, RuleError for a bad rule.
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
    run = summarise(evidence, applied(judge_evidence(evidence, known.thresholds), goals), known)
    write_run(directory, run)
    if not pages:
        return run
    write_whole(directory / "summary.md", summary_markdown(run))
    write_whole(directory / "junit.xml", junit_xml(run))
    write_report(directory, run, evidence)
    return run
