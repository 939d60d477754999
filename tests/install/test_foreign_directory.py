"""The wheel runs where a user has files under our names: none shadows ours, nothing is written into it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.test_run import SHORT, counted, environ, last_run, measured, only_busy


def test_the_wheel_runs_from_a_foreign_directory(users_python: Path, tmp_path: Path) -> None:
    folder = foreign_directory(tmp_path / "work")
    line = [str(users_python.with_name("renhai")), "run", "smoke", *SHORT]
    clean = {name: value for name, value in environ().items() if name != "PYTHONPATH"}
    done = subprocess.run(
        line, cwd=folder, env=clean, capture_output=True, text=True, timeout=120, check=False
    )
    run = last_run(folder)
    assert run.verdict == "pass" or only_busy(run), done.stderr
    assert counted((run.model_extra or {})["target_counts"]) == measured(run)
    home = next(users_python.parents[1].glob("lib/*/site-packages/renhai/_home"))
    assert not (home / "results" / "runs").exists()
    assert not list(home.rglob("*.hlog"))
    top = {path.name for path in home.parents[1].iterdir()}
    assert not top & {"generators", "results", "scenarios", "locustfiles"}


def foreign_directory(folder: Path) -> Path:
    for name in ("generators", "locustfiles", "renhai"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (folder / "results").mkdir()
    (folder / "results" / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "smoke.yaml").write_text("name: a stranger\n")
    return folder
