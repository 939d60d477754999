"""Papers under load: one in a thousand is empty, cut off, another's, wrong or moved; all must be found.

    python -m benchmarks prints [--rate 40/s] [--seconds 30] [--share 0.1] [--seed 1]

To try it out, in half a minute: `--rate 10/s --seconds 3 --share 5 --draft`.

Exits 1 when a spoilt paper is not found, one is classed as something else, or a right one is told of.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rig import report, table
from tests.reference.running import target

FAULTS = {"empty": "empty", "cut": "cut_off", "swapped": "swapped", "wrong": "wrong", "moved": "moved"}
SCENARIO = """# Is every paper right that is printed under load?
name: prints
data: {{seed: {seed}, profile: gt3_2015, taxpayers: 1000000}}
load:
  arrivals: {{rate: {rate}, journeys: {{printing.counter: 1}}}}
  stages: [{{hold: {seconds}s}}]
thresholds: {{"*": [error_rate < 5%]}}
papers: {{keep: all}}
"""
Paper = tuple[str, str, str]  # operation, class, serial


def planted(faults: Sequence[dict[str, Any]]) -> Counter[Paper]:
    """What the target says that it spoilt."""
    kinds = ((fault["papers"], FAULTS[fault["kind"].removesuffix("-paper")]) for fault in faults)
    return Counter((name, kind, serial) for papers, kind in kinds for name, _, serial in papers)


def found(document: dict[str, Any]) -> Counter[Paper]:
    """What was found, a paper once, by the values that it must say."""
    rows = {
        (one["operation"], one["kind"], one["paper"].get("serial") or one["paper"]["pzxh"])
        for one in document["examples"]
    }
    return Counter(rows)


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks prints")
    options.add_argument("--rate", default="40/s")
    options.add_argument("--seconds", type=int, default=30)
    options.add_argument("--share", type=float, default=0.1, help="of each fault, in percent")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    asked = options.parse_args(arguments)
    faults = [part for kind in FAULTS for part in ("--fault", f"{kind}-paper={asked.share:g}%")]
    with tempfile.TemporaryDirectory() as name, target("--seed", str(asked.seed), *faults) as running:
        folder = Path(name)
        text = SCENARIO.format(seed=asked.seed, rate=asked.rate, seconds=asked.seconds)
        (folder / "prints.yaml").write_text(text, encoding="utf-8")
        place = ["--target", f"http://127.0.0.1:{running.port}", "--out", str(folder / "runs")]
        line = [sys.executable, "-m", "renhai", "run", str(folder / "prints.yaml"), *place]
        subprocess.run(line, stdout=sys.stderr, check=False)  # its verdict is fail, as it should be
        runs = [path for path in (folder / "runs").iterdir() if (path / "papers.json").is_file()]
        if len(runs) != 1:
            print("the run left no papers.json")
            return 1
        document = json.loads((runs[0] / "papers.json").read_text("utf-8"))
        return told(document, planted(running.client().get("faults")["faults"]), keep=not asked.draft)


def told(document: dict[str, Any], spoilt: Counter[Paper], keep: bool) -> int:
    seen, counts = found(document), document["counts"]
    if document["findings"] > len(document["examples"]):
        print(f"{document['findings']:,} findings are more than papers.json tells of: lower --share")
        return 1
    missed, false = spoilt - seen, seen - spoilt
    rows = []
    for kind in FAULTS.values():
        each = [
            sum(n for paper, n in part.items() if paper[1] == kind) for part in (spoilt, seen, missed, false)
        ]
        rows.append([kind, *each])
    heads = ("papers", "planted", "found", "missed", "false")
    said = f"{counts['printed']:,} papers printed, {counts['checked']:,} checked in {document['seconds']} s"
    raw = {"counts": counts, "missed": [*missed], "false": [*false]}
    report(
        "prints", "Papers under load", [f"{said}; {document['state']}.", table(heads, rows)], raw, keep=keep
    )
    for paper, _ in [*missed.items(), *false.items()][:10]:
        print(f"  {paper}")
    return int(bool(missed or false) or document["state"] != "checked")
