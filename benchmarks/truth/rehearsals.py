"""Rehearsals with planted faults: `python -m benchmarks rehearsals [--only NAME ...] [--golive]`.

A small programme is rehearsed until every gate is open. Then one fault after the other is planted, in the
data, in a system or in the evidence, and it is rehearsed again: the gate that is meant to stop it must shut,
and none other. With --golive, the shipped programme of Changsha is rehearsed from first stage to last. With
--only, stages that the named faults have nothing to do with are left out, of the rehearsal without a fault as
well: that their gates stay open is not shown, and the page is left as it is.
Exits 1 when a gate was open that had to be shut, or shut that had to be open, or where that takes more than
20 minutes. A line is printed for each stage as it begins and as its gate is known, and for each fault.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.rig import HOME, PYTHON, environment, finish, report, scratch, table
from renhai.checks.rehearsal.whole import Rehearsal

PATIENCE_S = 1800.0
GOLIVE_S = 1200.0  # in which the programme of Changsha has to be through
CLEAN_MIN, FAULT_MIN, GOLIVE_MIN = 5.5, 0.75, 15.0  # about what each takes, in minutes on two cores
SCENARIOS = HOME / "scenarios"
GOLIVE = SCENARIOS / "changsha" / "golive"
WHOLE = GOLIVE / "stock.yaml"
SYSTEMS = ("sea", "crowd", "long", "books", "desk", "late", "printer", "trial", "morning")
PAID = """name: paid
target: reference
until: "2015-10-01T00:00:00+08:00"
stops: [{name: 缴款, list: collection.payments, rows: rows, next: {after: next}, watch: 3s}]
"""
IN_TRANSIT = """- {operation: registration.list, field: "rows[].nsrztDm", change: {set: "01"}}
"""


class Planted(NamedTuple):
    """One fault. gate: the one that it must shut; how: failed or not_proven; change: of the programme;
    spoil: of the folder of evidence."""

    gate: str
    how: str = "failed"
    change: Callable[[dict[str, Any]], None] = lambda programme: None
    spoil: Callable[[Path], None] = lambda folder: None


def stage(command: str, *prepare: str, after: Sequence[str] = ()) -> dict[str, Any]:
    day = "2015-09-30"
    return {"title": "演练", "owner": "演练组", "begins": day, "ends": day, "after": list(after),
            "prepare": list(prepare), "command": command}  # fmt: skip


def programme(below: Path) -> dict[str, Any]:
    """Each stage of a switch, small; they do not wait for each other, but for the one that reads back."""
    verify = "verify {out}/batch/old {out}/batch/new --rules {out}/batch/rules.yaml"
    journal = "journal make changsha/dual_track --transactions 150 --out {out}/day.ndjson"
    replay = f"replay {{out}}/day.ndjson --old ctais --new reference --rules {SCENARIOS / 'replay'}"
    search = "".join(
        f" --set load.search.{word}" for word in ("from=10/s", "to=20/s", "at_least=10/s", "step=4s")
    )
    booked = "run declaration_open --target {system.trial} --set data.seed=20151007 --set data.taxpayers=150"
    booked += " --set 'optional=[registration.query, registration.save]'"  # who was there comes again
    (below / "paid.yaml").write_text(PAID, encoding="utf-8")
    (below / "in_transit.yaml").write_text(IN_TRANSIT, encoding="utf-8")
    return {
        "name": "planted",
        "title": "植入故障的演练",
        "opens": "2015-10-08",
        "calendar": "replayed",
        "systems": dict.fromkeys(SYSTEMS, ""),
        "stages": {
            "cleaning": stage(verify, "generate batch taxpayers --count 100 --out {out}/batch"),
            "migration": stage(verify, "generate batch all --count 100 --out {out}/batch"),
            "directed_dual_track": stage(f"{replay}/directed.yaml", journal),
            "dual_track": stage(f"{replay}/changsha.yaml", journal),
            "human_sea": stage("run smoke --target {system.sea} --duration 5s"),
            "pressure": stage(f"run capacity --target {{system.crowd}}{search}"),
            "soak": stage("run soak --target {system.long} --duration 60s --set drift.latency=250%"),
            "filing": stage("run declaration_open --target {system.books} --duration 5s"),
            "read_back": stage("audit {evidence.filing}", after=["filing"]),
            "print": stage("run papers --target {system.printer} --duration 8s"),
            "emergency": stage("run drill"),
            "drain": stage(f"drain {GOLIVE / 'drain.yaml'} --url {{system.desk}}",
                           "run smoke --target {system.desk} --duration 5s --out {out}/work"),
            "stocktake": stage(f"drain {WHOLE}"),
            "read_only": stage(f"drain {below / 'paid.yaml'} --url {{system.late}}",
                               "run declaration_open --target {system.late} --duration 8s --out {out}/work"),
            "pre_run": stage(f"drain {GOLIVE / 'pre_run.yaml'} --url {{system.trial}}",
                             f"{booked} --duration 15s --out {{out}}/served"),
            "opening_day": stage("run opening_day --target {system.morning} --duration 10s"),
        },
    }  # fmt: skip


def option(system: str, text: str) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        found["systems"][system] = text

    return change


def command(name: str, old: str, new: str, part: str = "command") -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        row = found["stages"][name]
        assert old in str(row[part])
        row[part] = (
            [line.replace(old, new) for line in row[part]]
            if part == "prepare"
            else row[part].replace(old, new)
        )

    return change


def too_old(name: str) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        found["stages"][name]["max_age"] = "1s"

    return change


def both(*changes: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        for one in changes:
            one(found)

    return change


def instead(name: str, line: str) -> Callable[[dict[str, Any]], None]:
    """Another preparation: what the one before did has been done, and cannot be done twice."""
    return lambda found: found["stages"][name].update(prepare=[line])


def evidence(pattern: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (path,) = folder.glob(pattern)
        path.write_bytes(path.read_bytes() + b"\n")

    return spoil


SLOW, TWICE = "--fault latency=1500ms:*.query", "--fault duplicate-write=2%:declaration.submit"
ALTERED = "--fault alter-amount=5%:collection.pay"
SWAPPED = "--fault swapped-paper=3%"
FEW = "--fault capacity=1x60ms"  # three journeys a second, of five requests each
# From 250 requests a second down to 50 within the stage, which brings about 70: a queue that only grows.
TIRED = "--fault capacity=1x4ms --fault degrade=80%/40s"
BEHIND = "--fault late-write=100%/10s:collection.pay"
WRONG = "--fault errors=3%"
LATE = "--set drill.method[0].for=11s"
LENIENT = (
    """--set 'thresholds={"run": ["error_rate < 99%"]}'"""  # desks see what comes late; it is for the gate
)
STRANGERS = "run declaration_open --target {system.trial} --set data.first=20000 --duration 5s"
STRANGERS += " --out {out}/strangers"
DEFECTS = SCENARIOS / "replay" / "defects.yaml"
SHORT = HOME / "docs" / "examples" / "drain" / "stock.yaml"
PLANTED = {
    "wrong data collected": Planted(
        "cleaning", change=command("cleaning", "--count 100", "--count 100 --defects 1", "prepare")
    ),
    "rows damaged on the way": Planted(
        "migration", change=command("migration", "--count 100", "--count 100 --defects 1", "prepare")
    ),
    "answers wrong in three domains": Planted(
        "directed_dual_track", change=command("directed_dual_track", "--old", f"--plant {DEFECTS} --old")
    ),
    "answers wrong for some": Planted(
        "dual_track", change=command("dual_track", "--old", f"--plant {DEFECTS} --old")
    ),
    "a slow system": Planted("human_sea", change=option("sea", SLOW)),
    "too little capacity": Planted("pressure", change=option("crowd", FEW)),
    "slower by the hour": Planted("soak", change=option("long", TIRED)),
    "filings stored twice": Planted("read_back", change=option("books", TWICE)),
    "payments altered": Planted("read_back", change=option("books", ALTERED)),
    "papers of others": Planted("print", change=option("printer", SWAPPED)),
    "back too late": Planted("emergency", change=command("emergency", "drill", f"drill {LATE}")),
    "registrations in transit": Planted("drain", change=option("desk", "--defects DEFECTS")),
    "invoices missing": Planted("stocktake", change=command("stocktake", str(WHOLE), str(SHORT))),
    "written after the stop": Planted(
        "read_only",
        change=both(
            option("late", BEHIND),
            command("read_only", "--duration", f"{LENIENT} --duration", "prepare"),
        ),
    ),
    "served without a booking": Planted("pre_run", change=instead("pre_run", STRANGERS)),
    "errors on the first morning": Planted("opening_day", change=option("morning", WRONG)),
    "evidence altered": Planted("human_sea", "not_proven", spoil=evidence("human_sea/01/*/timeline.csv")),
    "evidence gone": Planted(
        "print", "not_proven", spoil=lambda folder: next(folder.glob("print/01/*/run.json")).unlink()
    ),
    "evidence too old": Planted("soak", "not_proven", change=too_old("soak")),
}


class Progress:
    """Prints a line of `renhai rehearse` that says how a stage begins or how its gate stands, with the time
    since the begin; not what a stage's command says, nor the overview at the end."""

    def __init__(self, name: str) -> None:
        self._name, self._begun, self._over = name, time.monotonic(), False
        self._stages, self._last = 0, ""
        self._print("begins")

    def tell(self, line: str) -> None:
        if line.startswith(("  | ", "  renhai ")):
            return
        self._last = line.strip() or self._last
        self._stages += line.startswith("stage ")
        self._over = self._over or not line.startswith(("stage ", "  "))
        if not self._over and line.strip():
            self._print(line.strip())

    def end(self) -> None:
        """Say why no stage began."""
        if not self._stages:
            self._print(f"no stage began: {self._last}")

    def _print(self, text: str) -> None:
        print(f"[{time.monotonic() - self._begun:4.0f} s] {self._name}: {text}", flush=True)


def rehearsed(name: str, file: Path, out: Path) -> float:
    """Seconds that it took."""
    begun = time.monotonic()
    line = [PYTHON, "-m", "renhai", "rehearse", str(file), "--out", str(out)]
    env = environment(LANG="C.UTF-8", RENHAI_LANG="en")
    progress = Progress(name)
    finish(line, PATIENCE_S, HOME, env, out.with_suffix(".log"), progress.tell)
    progress.end()
    return time.monotonic() - begun


def about(faults: Sequence[str], golive: bool, stages: int, of: int) -> str:
    """How long it will take, before it begins, and what it will not show. stages: so many of all are kept."""
    runs = sum(PLANTED[name].how == "failed" for name in faults)
    minutes = CLEAN_MIN * stages / of + FAULT_MIN * runs + (GOLIVE_MIN if golive else 0.0)
    more = ", the programme of Changsha after them" if golive else ""
    said = f"one rehearsal without a fault, {len(faults)} with one each{more}: about {minutes:.0f} minutes"
    if stages < of:
        said += f"; {stages} of {of} stages alone: that the gates of the others stay open is not shown"
    return said


def kept(found: dict[str, Any], faults: Sequence[str]) -> dict[str, Any]:
    """The stages that faults have to do with (of their gates, and what these wait for), and their systems."""
    stages, left = dict[str, Any](), [PLANTED[name].gate for name in faults]
    while left:
        name = left.pop()
        stages[name] = found["stages"][name]
        left += [one for one in stages[name]["after"] if one not in stages]
    text = str(stages)
    return {
        **found,
        "stages": {name: one for name, one in found["stages"].items() if name in stages},
        "systems": {name: one for name, one in found["systems"].items() if f"{{system.{name}}}" in text},
    }


def stands(file: Path, out: Path) -> tuple[str, dict[str, str]]:
    """(the answer, the state of each gate that is not open), looked at anew."""
    found = Rehearsal.opened(file, out, print).standing()
    return found.answer, {one.stage.name: one.state for one in found.gates if one.state != "passed"}


def written(folder: Path, found: Mapping[str, Any]) -> Path:
    file = folder / "programme.yaml"
    text = yaml.safe_dump(dict(found), allow_unicode=True, sort_keys=False)
    file.write_text(text.replace("DEFECTS", str(folder / "in_transit.yaml")), encoding="utf-8")
    return file


def row_of(
    name: str, wanted: Mapping[str, str], file: Path, out: Path, seconds: float
) -> tuple[list[str], bool]:
    """A row of the table, and whether it is as it must be."""
    answer, shut = stands(file, out)
    meant = "pass" if not wanted else "fail" if "failed" in wanted.values() else "inconclusive"
    right = shut == wanted and answer == meant
    cells = [
        ", ".join(f"{gate} {state}" for gate, state in some.items()) or "none" for some in (wanted, shut)
    ]
    return [name, *cells, answer, f"{seconds:.0f}", "yes" if right else "NO"], right


def planted(name: str, clean: Path, below: Path, only: Sequence[str]) -> tuple[list[str], bool]:
    """The rehearsal that was clean, with a fault planted; what is spoilt in the evidence is not run again.
    only: of these faults alone; none: of all."""
    fault = PLANTED[name]
    out = Path(shutil.copytree(clean, below / name.replace(" ", "_")))
    found = kept(programme(below), only) if only else programme(below)
    fault.change(found)
    file = written(below, found)
    fault.spoil(out)
    seconds = rehearsed(name, file, out) if fault.how == "failed" else 0.0
    return row_of(name, {fault.gate: fault.how}, file, out, seconds)


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every fault shut its gate and none other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks rehearsals", description=__doc__)
    parser.add_argument("--only", action="append", choices=[*PLANTED], help="this fault; may be repeated")
    parser.add_argument("--golive", action="store_true", help="also the shipped programme of Changsha, whole")
    parser.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args(arguments)
    rows, good, faults = [], True, asked.only or [*PLANTED]
    with scratch("rehearsals") as below:
        whole = programme(below)
        part = kept(whole, faults) if asked.only else whole
        print(about(faults, asked.golive, len(part["stages"]), len(whole["stages"])), flush=True)

        def note(row: list[str], right: bool) -> None:
            nonlocal good
            good &= right
            rows.append(row)
            print(" | ".join(row), flush=True)

        clean, file = below / "clean", written(below, part)
        clean.mkdir()
        note(*row_of("nothing", {}, file, clean, rehearsed("nothing", file, clean)))
        for name in faults:
            note(*planted(name, clean, below, asked.only or ()))
        if asked.golive:
            out, file = below / "golive", SCENARIOS / "changsha" / "golive.yaml"
            out.mkdir()
            seconds = rehearsed("Changsha", file, out)
            row, right = row_of("nothing, the programme of Changsha", {}, file, out, seconds)
            note(row, right and seconds <= GOLIVE_S)
    heads = ["planted", "gate that must be shut", "gates that were", "answer", "s", "as it must be"]
    report("rehearsals", "Rehearsals with planted faults", [table(heads, rows)], {"rows": rows},
           keep=not (asked.draft or asked.only))  # fmt: skip
    return int(not good)
