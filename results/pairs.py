"""stub"""
from __future__ import annotations
from pathlib import Path
from results.comparison import Comparison, compare_pairs
from results.snapshot import Run

def spoilt(run: Run) -> list[str]:
    return list(run.reasons) if run.verdict == "invalid" else []

def compare_launches(pairs: list[tuple[Path, Path]]) -> Comparison:
    return compare_pairs(pairs)
