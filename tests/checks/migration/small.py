"""Two sides of a few rows, compared in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from renhai.checks.migration.output import Output
from renhai.checks.migration.whole import prepare, verify

RULES = "name: t\nbatches:\n  t: {key: [k]}\n"
OLD = "k,name,amount\n1,甲,0.10\n2,乙,2\n3,丙,3\n"
NEW = "k,name,amount\n3,丙,3\n1,甲,0.10\n2,乙,2\n"  # the same rows in another order


def rules(columns: str, more: str = "") -> str:
    """A rules file of one batch, with these columns."""
    return f"name: t\nbatches:\n  t: {{key: [k], columns: {{{columns}}}{more}}}\n"


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def all_differ(folder: Path, rows: int) -> None:
    """old/t.csv and new/t.csv, of which no row has the name that it has on the other side."""
    for side, name in (("old", "甲"), ("new", "乙")):
        lines = "".join(f"{number},{name},1.00\n" for number in range(rows))
        written(folder / side, {"t.csv": f"k,name,amount\n{lines}"})


def compared(
    folder: Path,
    old: str | bytes | dict[str, str | bytes],
    new: str | bytes | dict[str, str | bytes],
    rules: str = RULES,
) -> dict[str, Any]:
    """verify.json of t.csv against t.csv, or of the files that are given by name."""
    old = old if isinstance(old, dict) else {"t.csv": old}
    new = new if isinstance(new, dict) else {"t.csv": new}
    sides = [written(folder / side, files) for side, files in (("old", old), ("new", new))]
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    found = prepare(*sides, folder / "rules.yaml", lambda text: None)
    output = Output(folder / "out", found)
    verify(found, output.batch)
    result = output.write()
    result["folder"] = output.folder
    return result


def counts(result: dict[str, Any]) -> dict[str, int]:
    """What is not nought."""
    return {name: number for name, number in result["counts"].items() if number}


def problems(result: dict[str, Any]) -> str:
    return "\n".join(why for one in (result, *result["batches"]) for why in one["problems"])


def verified(old: Path, new: Path, text: str = RULES, out: Path | None = None) -> dict[str, Any]:
    path = old.parent / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    found = prepare(old, new, path, lambda text: None)
    output = Output(out or old.parent / "out", found)
    verify(found, output.batch)
    return output.write()
