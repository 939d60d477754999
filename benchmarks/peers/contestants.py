"""The contestants of `make bench`: how each is started on the same work, and what it says that it did.

`python -m benchmarks contestants` lists who is here and who is absent, and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from benchmarks.rig import PYTHON, SCRIPTS, environment, finish, pinned, program, version_of


class Job(NamedTuple):
    """One round of one contestant: where to, how long, how many users or connections, on which core.

    `file`: a prepared file of bodies, one a line (the second work), or None. `rate`: arrivals a second
    (open model).
    """

    url: str
    seconds: float
    users: int
    core: int
    file: Path | None = None
    rate: float | None = None


class Own(NamedTuple):
    """What a contestant says about its round: answered and accepted, answered or broken otherwise.

    sound: False when the round does not count (an arrival rate that was not sustained) and is to be repeated.
    """

    accepted: int
    refused: int
    note: str = ""
    sound: bool = True
    detail: dict[str, Any] = {}


Command = Callable[[Job, Path], list[str]]
Reader = Callable[[Path, str], Own]


class Contestant(Protocol):
    """Whoever can do a round. `absent()` says why not, empty when it can."""

    name: str
    what: str

    def absent(self) -> str: ...

    def round(self, job: Job, folder: Path) -> Own: ...


@dataclass
class Program:
    """A contestant that is one command.

    needs: (what, is it there?, how to get it); codes: the exit codes of a sound run.
    """

    name: str
    what: str
    command: Command
    read: Reader
    needs: tuple[tuple[str, Callable[[], bool], str], ...] = ()
    codes: frozenset[int] = frozenset({0})

    def absent(self) -> str:
        """Why this contestant cannot run here; empty when it can."""
        missing = [f"{what} is missing ({remedy})" for what, present, remedy in self.needs if not present()]
        return "; ".join(missing)

    def round(self, job: Job, folder: Path) -> Own:
        """Run one bounded round; RuntimeError with the tail of the output when the tool itself broke."""
        extra = {
            "BENCH_URL": job.url,
            "BENCH_SECONDS": f"{job.seconds:g}",
            "BENCH_USERS": str(job.users),
            "BENCH_FILE": str(job.file or ""),
        }
        argv = pinned(job.core, self.command(job, folder))
        code, output = finish(argv, job.seconds + 60, folder, environment(**extra))
        if code not in self.codes:
            raise RuntimeError(f"{self.name} ended with {code}:\n{output[-3000:]}")
        return self.read(folder, output)


def _locust(user: str) -> Command:
    def command(job: Job, folder: Path) -> list[str]:
        return [
            *(PYTHON, "-m", "locust", "-f", str(SCRIPTS / "locust_peer.py"), user, "--headless"),
            *("-H", job.url, "-u", str(job.users), "-r", str(job.users), "-t", f"{job.seconds:g}s"),
            *("--only-summary", "--stop-timeout", "5", "--json-file", str(folder / "locust")),
        ]

    return command


def read_locust(folder: Path, output: str) -> Own:
    rows = json.loads((folder / "locust.json").read_text(encoding="utf-8"))
    requests = sum(row["num_requests"] for row in rows)
    failed = sum(row["num_failures"] for row in rows)
    return Own(requests - failed, failed)


def _k6(job: Job, folder: Path) -> list[str]:
    return [
        *(str(program("k6")), "run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0"),
        *("--summary-export", str(folder / "k6.json"), str(SCRIPTS / "k6_peer.js")),
    ]


def read_k6(folder: Path, output: str) -> Own:
    """Counts of k6's and of k9's summary, which has k6's layout."""
    metrics = json.loads((folder / "k6.json").read_text(encoding="utf-8"))["metrics"]
    checks = metrics["checks"]
    return Own(int(checks["passes"]), int(checks["fails"]))


def _k9(job: Job, folder: Path) -> list[str]:
    return [
        *(PYTHON, "-m", "k9", "run", "--quiet", "--no-color"),
        *("--summary-export", str(folder / "k6.json"), str(SCRIPTS / "k9_peer.py")),
    ]


def _wrk(job: Job, folder: Path) -> list[str]:
    return [
        *(str(program("wrk")), "-t", "1", "-c", str(job.users), "-d", f"{max(1, round(job.seconds))}s"),
        *("-s", str(SCRIPTS / "wrk_peer.lua"), job.url),
    ]


def read_wrk(folder: Path, output: str) -> Own:
    found = re.search(r"^BENCH (\{.*\})$", output, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk printed no counts:\n{output[-2000:]}")
    counts = json.loads(found.group(1))
    return Own(counts["requests"] - counts["refused"], counts["refused"] + counts["errors"])


def _installed(package: str) -> Callable[[], bool]:
    return lambda: version_of(package) != "absent"


def _present(name: str) -> Callable[[], bool]:
    return lambda: program(name) is not None


SETUP = "sh benchmarks/setup.sh"
PEERS: tuple[Contestant, ...] = (
    Program("HttpUser", "Locust, requests", _locust("Http"), read_locust, codes=frozenset({0, 1})),
    Program(
        "FastHttpUser", "Locust, geventhttpclient", _locust("FastHttp"), read_locust, codes=frozenset({0, 1})
    ),
    Program("k6", "Go, JavaScript", _k6, read_k6, (("k6", _present("k6"), SETUP),)),
    Program(
        "k9-load", "Rust core, Python script", _k9, read_k6, (("k9-load", _installed("k9-load"), SETUP),)
    ),
    Program("wrk", "C, Lua body and check", _wrk, read_wrk, (("wrk", _present("wrk"), SETUP),)),
)


def main(arguments: Sequence[str] = ()) -> int:
    for contestant in PEERS:
        print(f"bench: {contestant.name:14} {contestant.absent() or 'here'}")
    print(f"bench: {'nginx':14} {'here' if program('nginx') else 'is missing (' + SETUP + ')'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
