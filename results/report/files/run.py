"""The files that a finished run leaves for people and CI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from results.errors import SnapshotError
from results.report import write_report
from results.report.files.markdown import junit_xml, summary_markdown
from results.snapshot.files import write_whole
from results.snapshot.run import Run, seal, write_run
from results.snapshot.seal import digests
from results.verdict.judged import judge_run


def finish(
    directory: Path,
    manifest: dict[str, Any],
    *,
    pages: bool = True,
    complain: Callable[[str], object] | None = None,
) -> Run:
    """Judges what the load left in `directory`; writes run.json (once), summary.md, junit.xml, report.html.

    `manifest` as in results.verdict.judged.judge_run. Without `pages` only run.json is written. A file that
    cannot be written is no reason to lose a verdict: `complain` is told of it, where given. Raises
    SnapshotError for a manifest, without `complain` for such a file too, and RuleError for a bad rule.
    """
    run, evidence = judge_run(directory, manifest)
    run = seal(run, digests(directory))
    _try(lambda: write_run(directory, run), complain)
    if pages:
        _try(lambda: write_whole(directory / "summary.md", summary_markdown(run)), complain)
        _try(lambda: write_whole(directory / "junit.xml", junit_xml(run)), complain)
        _try(lambda: write_report(directory, run, evidence), complain)
    return run


def _try(write: Callable[[], object], complain: Callable[[str], object] | None) -> None:
    try:
        write()
    except SnapshotError as error:
        if complain is None:
            raise
        complain(str(error))
