"""Lists that people keep, as CSV files beside a drain file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path


def rows_of(
    folder: Path, file: str, encoding: str, columns: Sequence[str]
) -> tuple[list[dict[str, str]], str]:
    """The rows, which have these columns; why the file cannot be used, "" where it can."""
    try:
        with (folder / file).open(encoding=encoding, newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeError, csv.Error) as error:
        return [], f"{file} cannot be read: {error}"
    lacking = next((one for one in columns if not rows or one not in rows[0]), "")
    return ([], f"{file} has no row with a column {lacking}") if lacking else (rows, "")
