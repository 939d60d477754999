"""Files that are written whole."""

from __future__ import annotations

import json
from pathlib import Path

from results.snapshot.files import replace_whole


def test_half_a_character_costs_no_document(tmp_path: Path) -> None:
    """As a target may send one; in JSON its escape says the same."""
    told = {"found": "长沙\ud800"}
    replace_whole(tmp_path / "a.json", json.dumps(told, ensure_ascii=False))
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == told
