"""Where the four content folders stand: packaged under `renhai/_home`, or beside `renhai/` in a checkout.

Scenarios and targets are looked for at home; a user names own files by path.
"""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def find_home() -> Path:
    """The folder that holds generators/, locustfiles/, scenarios/ and results/."""
    packaged = PACKAGE / "_home"
    return packaged if packaged.is_dir() else PACKAGE.parent


def open_home() -> None:
    """Make the content folders of home importable, before any others of these names."""
    home = str(find_home())
    if sys.path[:1] != [home]:
        sys.path.insert(0, home)


def scenarios() -> Path:
    return find_home() / "scenarios"


def scenario_names() -> list[str]:
    """The shipped scenarios, as `renhai run` takes them: `smoke`, `changsha/ningxiang`."""
    root = scenarios()
    skipped = {"targets", "schema", "posts", "bureaux", "replay", "forms"}
    found = (path.relative_to(root) for path in sorted(root.rglob("*.yaml")))
    names = [path.with_suffix("") for path in found if path.parts[0] not in skipped]
    return [str(name) for name in names if "golive" not in name.parts]  # a programme and its files


def bureau_names() -> list[str]:
    """The shipped bureaux, as a scenario's load.bureau.file takes them."""
    return sorted(path.stem for path in (scenarios() / "bureaux").glob("*.yaml"))


def target_places() -> list[Path]:
    return [scenarios() / "targets"]


def target_names() -> list[str]:
    """The shipped targets, as `--target` takes them."""
    return sorted(path.stem for place in target_places() for path in place.glob("*.yaml"))
