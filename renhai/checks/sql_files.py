"""Files as DuckDB is told of them: that one file and nothing else, and no column that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

OF_ITSELF = "hive_partitioning = false"  # else `unit=01/t.parquet` has a column unit, in the place of its own


def only(path: Path) -> str:
    """The name of a file for DuckDB, to which `export[1]` would be export1, and `a*` all that begin so."""
    return re.sub(r"[\[*?]", lambda sign: f"[{sign[0]}]", str(path))
