"""Tells what came of a run: on the terminal, and as benchmarks/results/mutants.md."""

from __future__ import annotations

import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from results.metrics import rounded_share
from tools.mutation.journal import Journal
from tools.mutation.operators import Mutant
from tools.mutation.sample import HOME, all_mutants, by_hand
from tools.mutation.trial import SURVIVED, TIMEOUT

GOAL = 0.85
PAGE = HOME / "benchmarks" / "results" / "mutants.md"
ARGUED = Path(__file__).with_name("argued.txt")
TEMPLATE = Path(__file__).with_name("page.md")


def told(journal: Journal, mutants: Sequence[Mutant]) -> int:
    """Prints the score; 0 when the goal is reached and every mutant was tried."""
    counts = _counts(journal, mutants)
    done = sum(counts.values())
    print(f"{_sentence(journal, mutants)}")
    return 0 if done == len(mutants) and _share(counts) >= GOAL else 1


def _counts(journal: Journal, mutants: Sequence[Mutant]) -> Counter[str]:
    return Counter(journal.known[one.key].how for one in mutants if one.key in journal.known)


def _share(counts: Counter[str], digits: int = 0) -> str:
    done = sum(counts.values())
    return rounded_share((done - counts[SURVIVED]) / done if done else 0.0, digits)


def _sentence(journal: Journal, mutants: Sequence[Mutant]) -> str:
    counts = _counts(journal, mutants)
    done = sum(counts.values())
    spent = {what: f"{s / 60:.1f} min" for what, s in sorted(journal.seconds.items())}
    cpu = sum(journal.known[one.key].cpu_s for one in mutants if one.key in journal.known)
    spent["CPU of mutants"] = f"{cpu / 60:.1f} min"
    return (
        f"{done} of {len(mutants)} mutants tried, {done - counts[SURVIVED]} killed ({_share(counts, 1)}; "
        f"{counts[TIMEOUT]} by timeout), {counts[SURVIVED]} survived; "
        + ", ".join(f"{what} {s}" for what, s in spent.items())
    )


def arguments() -> dict[str, str]:
    """Why a survivor is left, by key: a line each, parted by ` | `."""
    lines = ARGUED.read_text(encoding="utf-8").splitlines() if ARGUED.exists() else []
    return dict(line.split(" | ", 1) for line in lines if line and not line.startswith("#"))  # type: ignore[misc]


def write_page(journal: Journal, mutants: Sequence[Mutant], seed: int) -> int:
    """Writes the page from the records of the present state; 1 when the goal is missed or one is not
    argued."""
    argued, survivors = arguments(), _survivors(journal, mutants)
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": _machine(),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "population": str(len(all_mutants())),
        "seed": str(seed),
        "count": str(len(mutants)),
        "by_hand": _by_hand(journal),
        "score": _sentence(journal, mutants),
        "rooms": _rooms(journal, mutants),
        "survivors": "\n".join(f"| `{one}` | {argued.get(one.key, 'not argued')} |" for one in survivors),
    }.items():
        text = text.replace("{{" + name + "}}", value)
    PAGE.write_text(text, encoding="utf-8")
    unargued = [one for one in survivors if one.key not in argued]
    for one in unargued:
        print(f"not argued: {one.key}")
    return told(journal, mutants) or (1 if unargued else 0)


def _by_hand(journal: Journal) -> str:
    """Of the present state, as far as they were tried."""
    told = [journal.known[key] for one in by_hand() if (key := hand_key(*one)) in journal.known]
    killed = sum(one.how != SURVIVED for one in told)
    return f"{len(told)} of {len(by_hand())} tried, {killed} killed"


def hand_key(file: str, code: str, other: str) -> str:
    """What a mistake by hand is called in the journal."""
    return f"{file} by hand {code} -> {other}"


def _survivors(journal: Journal, mutants: Sequence[Mutant]) -> list[Mutant]:
    found = [one for one in mutants if one.key in journal.known and journal.known[one.key].how == SURVIVED]
    return sorted(found, key=lambda one: (one.file, one.line, one.key))


def _rooms(journal: Journal, mutants: Sequence[Mutant]) -> str:
    rooms: dict[str, Counter[str]] = {}
    for one in mutants:
        if one.key in journal.known:
            rooms.setdefault(_room(one.file), Counter())[journal.known[one.key].how] += 1
    return "\n".join(
        f"| `{room}` | {counts.total()} | {counts.total() - counts[SURVIVED]} | {_share(counts)} |"
        for room, counts in sorted(rooms.items())
    )


def _room(file: str) -> str:
    parts = file.split("/")
    return "renhai/load/measure" if parts[0] == "renhai" else "/".join(parts[:2])


def _machine() -> str:
    names = (
        Path("/proc/cpuinfo").read_text().split("model name\t: ")[1:]
        if Path("/proc/cpuinfo").exists()
        else []
    )
    model = names[0].split("\n")[0] if names else platform.processor()
    return f"{model}, {len(names)} cores, Linux {platform.release()}, Python {platform.python_version()}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=HOME, capture_output=True, text=True).stdout.strip()
