"""`python -m benchmarks drafts DIR`: how many of the documents and recordings in DIR draft, and then load.

DIR is searched for OpenAPI documents, HAR recordings, Postman collections and WSDL files, whatever they are
called. Each is drafted as `renhai binding new` does it, filled in as little as a person must (permission,
`success: any`), and loaded, its scenario too. A document that another tool calls invalid counts like any
other: it must draft, or be refused in one sentence.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

PERMISSION = "environment: test\nurl: http://127.0.0.1:8400\n"
LONGEST = 10.0  # seconds of CPU that one draft may take
HEAD = 4_000  # characters by which a file is recognised
_SIGNS = {
    "openapi": re.compile(r"""(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\.""", re.MULTILINE),
    "har": re.compile(r'^\s*\{\s*"log"\s*:'),
    "postman": re.compile(r'"_postman_id"|schema\.getpostman\.com'),
    "wsdl": re.compile(r"<(?:[\w.-]+:)?definitions\b[^>]*schemas\.xmlsoap\.org/wsdl/"),
}


class Outcome(NamedTuple):
    """kind: of the source. what: loaded, refused (with a sentence) or failed."""

    path: str
    kind: str
    what: str
    why: str = ""
    operations: int = 0
    lost: int = 0
    seconds: float = 0.0


def found_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """(kind, file) for all that can be drafted."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in (".json", ".yaml", ".yml", ".har", ".wsdl", ".xml"):
            with path.open(encoding="utf-8", errors="replace") as file:
                head = file.read(HEAD)
            kind = next((kind for kind, sign in _SIGNS.items() if sign.search(head)), None)
            if kind:
                yield kind, path


def tried(kind: str, path: Path) -> Outcome:
    """Draft one file and load what comes of it."""
    from renhai.binding.drafting.draft import written_out
    from renhai.binding.drafting.drafts import SOURCES
    from renhai.binding.drafting.scenario import scenario_text
    from renhai.binding.loader import compile_binding, load_binding, normalise
    from renhai.core.errors import UsageError
    from renhai.spec.loader import load_scenario

    before = time.process_time()
    try:
        draft = SOURCES[kind](path)
        text = written_out(draft)
    except UsageError as error:
        return Outcome(str(path), kind, "refused", str(error), seconds=time.process_time() - before)
    except Exception as error:  # what a user would see as a traceback
        return Outcome(str(path), kind, "failed", f"{type(error).__name__}: {error}"[:300])
    seconds = time.process_time() - before
    with tempfile.TemporaryDirectory() as name:
        target, scenario = Path(name) / "drafted.yaml", Path(name) / "drafted_scenario.yaml"
        filled = re.sub(r"^success:\n", "success:\n  success: any\n", text, flags=re.MULTILINE)
        target.write_text(PERMISSION + filled, encoding="utf-8")
        try:
            binding, _, _ = load_binding(str(target))
            compile_binding(normalise(binding, target), _Anything())
            written = scenario_text(draft, target.name)
            if written:
                scenario.write_text(written, encoding="utf-8")
                load_scenario(str(scenario))
        except Exception as error:
            return Outcome(str(path), kind, "failed", f"{type(error).__name__}: {error}"[:300])
    what, why = ("loaded", "") if seconds <= LONGEST else ("failed", f"took {seconds:.1f} s")
    return Outcome(str(path), kind, what, why, len(draft.operations), draft.lost, seconds)


class _Anything(dict[str, str]):
    """Every environment variable is set."""

    def get(self, name: str, default: object = None) -> str:  # type: ignore[override]
        return f"value-of-{name}"


def main(arguments: Sequence[str]) -> int:
    """Exit 1 when a file failed, 2 when there was none."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks drafts", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args(arguments).folder
    files = list(found_in(folder))
    if not files:
        print(f"{folder} holds nothing that could be drafted", file=sys.stderr)
        return 2
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(tried, *zip(*files, strict=True)))
    for outcome in outcomes:
        if outcome.what != "loaded":
            print(f"{outcome.what}: {outcome.path}: {outcome.why}")
    print("kind      files  loaded  refused  failed  operations  lost  slowest s")
    for kind in _SIGNS:
        some = [outcome for outcome in outcomes if outcome.kind == kind]
        if some:
            count = Counter(outcome.what for outcome in some)
            numbers = (len(some), count["loaded"], count["refused"], count["failed"])
            sums = sum(o.operations for o in some), sum(o.lost for o in some), max(o.seconds for o in some)
            print("{:8} {:6} {:7} {:8} {:7} {:11} {:5} {:10.2f}".format(kind, *numbers, *sums))
    return 1 if any(outcome.what == "failed" for outcome in outcomes) else 0
