"""Audits beside the truth: `python -m benchmarks audits [--times N] [--only NAME ...]`.

To try it out, in a minute: `--times 1 --seconds 2 --rate 50 --share 5 --draft`.

A load files declarations at a reference system on a real database; faults are planted (1 write in 1,000), the
system is killed with -9 under load and started again, or the network is cut in mid-answer. What the audit at
the run's end found is held against what the system planted, and against its own list of what it holds. Every
fault must be found in its class, and nothing else. Exits 1 when a class is wrong in any of the runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rig import HOME, PYTHON, environment, finish, report, running, scratch, table
from renhai.reference.faults.plan import Fault
from renhai.reference.faults.spec import parse
from results.checks.audit.intents import events, header_of

TIMES, SECONDS, RATE = 20, 5, 400
READY_S, PATIENCE_S = 30.0, 120.0
MARGIN = 100  # writes beyond those that are due
APART, TRIES = 1000, 1000  # seeds in whose place another is taken lie so far apart, and are so many
CUT_SHARE = 0.01  # of answers, of which half is passed on
SCENARIO = """# Is every filing there that was acknowledged?
name: filing
target: ./lab.yaml
data: {{seed: {seed}, profile: gt3_2015, taxpayers: 400000}}
load:
  arrivals: {{rate: {rate}/s, process: constant, journeys: {{file.only: 1}}}}
  stages: [{{hold: {seconds}s}}]
journeys:
  file.only:
    - {{send: registration.save, document: registration}}
    - {{send: declaration.submit, document: declaration}}
thresholds: {{"*": [error_rate < 99%]}}
audit: {{lost: 0, duplicated: 0, altered: 0}}
"""
SHARE, WRITES = 0.1, "declaration.submit"  # percent of the writes, for each fault
FAULTS = {
    "lost": ("lost-write={share:g}%:" + WRITES,),
    "duplicated": ("duplicate-write={share:g}%:" + WRITES,),
    "altered": ("alter-amount={share:g}%:" + WRITES,),
    "late": ("late-write={share:g}%/2s:" + WRITES,),
}
FAULTS["all"] = tuple(spec for (spec,) in FAULTS.values())
CLASS = {
    "lost-write": "lost",
    "duplicate-write": "duplicated",
    "alter-amount": "altered",
    "late-write": "late",
}
FOUND = ("lost", "duplicated", "altered", "unexpected")


class Load(NamedTuple):
    """What one run sends, and of which share of the writes each fault makes something else."""

    rate: int = RATE
    seconds: int = SECONDS
    share: float = SHARE
    seed: int = 1


class Told(NamedTuple):
    """One run: what was planted, what the audit found, how much was acknowledged, what is wrong with that."""

    planted: dict[str, int]
    found: dict[str, int]
    acknowledged: int
    unknown: int
    wrong: list[str]


class System:
    """A reference system on one port and one database, which can be killed and started again."""

    def __init__(self, folder: Path, database: str, seed: int, faults: Sequence[str] = ()) -> None:
        self._folder, self._database, self._faults, self._seed = folder, database, faults, seed
        self.port, self._token = 0, ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        line = [PYTHON, "-m", "renhai.reference", "--port", str(self.port), "--database", self._database]
        line += ["--seed", str(self._seed)]
        for fault in self._faults:
            line += ["--fault", fault]
        log = (self._folder / "system.log").open("a")
        self._process = subprocess.Popen(
            line, cwd=HOME, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.port, self._token = int(said["url"].rpartition(":")[2]), said["token"]

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> Any:
        own = {"Authorization": f"Bearer {self._token}"}
        asking = urllib.request.Request(f"{self.url}/admin/{path}", headers=own)
        with urllib.request.urlopen(asking, timeout=30) as answer:
            return json.load(answer)

    def held(self) -> list[str]:
        """Serials of all declarations, one a record."""
        found: list[str] = []
        after: int | None = 0
        while after is not None:
            page = self.asked(f"list/declarations?after={after}&limit=5000")
            found += [str(row["pzxh"]) for row in page["rows"]]
            after = page["next"]
        return found


@contextlib.contextmanager
def system(folder: Path, database: str, seed: int, faults: Sequence[str] = ()) -> Iterator[System]:
    found = System(folder, database, seed, faults)
    found.start()
    try:
        yield found
    finally:
        found.kill()


@contextlib.contextmanager
def cutting(port: int, seed: int) -> Iterator[str]:
    """A proxy on loopback that cuts some connections in the middle of an answer."""
    drawn = random.Random(seed)
    ready: list[int] = []
    loop = asyncio.new_event_loop()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, cuts: bool) -> None:
        with contextlib.suppress(ConnectionError, OSError):
            while piece := await source.read(65536):
                if cuts and drawn.random() < CUT_SHARE:
                    sink.write(piece[: len(piece) // 2])
                    await sink.drain()
                    break
                sink.write(piece)
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        ways = (pump(reader, back, False), pump(there, writer, True))
        await asyncio.wait([*map(asyncio.ensure_future, ways)], return_when=asyncio.FIRST_COMPLETED)
        for one in (writer, back):
            one.close()

    async def listen() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield f"http://127.0.0.1:{ready[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def loaded(folder: Path, url: str, load: Load, during: Callable[[], None] | None = None) -> dict[str, Any]:
    """audit.json of one run; `during` happens in the middle of its load."""
    lab = (HOME / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    (folder / "lab.yaml").write_text(lab.replace("url: embedded", f"url: {url}"), encoding="utf-8")
    (folder / "filing.yaml").write_text(SCENARIO.format(**load._asdict()), encoding="utf-8")
    line = [PYTHON, "-m", "renhai", "run", "filing.yaml", "--out", "runs"]
    if during is None:
        finish(line, PATIENCE_S, folder, environment())
    else:
        with running(line, cwd=folder, env=environment(), stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL) as process:  # fmt: skip
            until = time.monotonic() + READY_S
            while time.monotonic() < until and not list(folder.glob("runs/*/receipts/*.jsonl")):
                time.sleep(0.05)
            time.sleep(load.seconds / 2)
            during()
            process.wait(PATIENCE_S)
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("runs/*/audit.json")]
    return found[0] if found else {"state": "none", "counts": {}, "operations": {}}


def told(audit: dict[str, Any], planted: dict[str, int], held: list[str], folder: Path) -> Told:
    """The audit beside the truth."""
    counts = audit["operations"].get(WRITES, {})
    found = {kind: int(counts.get(kind) or 0) for kind in FOUND}
    acknowledged = int(counts.get("acknowledged") or 0)
    unknown = int(counts.get("unknown") or 0)
    wrong = [f"{kind} {found[kind]}, planted {planted.get(kind, 0)}"
             for kind in FOUND if found[kind] != planted.get(kind, 0)]  # fmt: skip
    if audit["state"] != "audited":
        wrong.append(f"the audit is {audit['state']}")
    if not acknowledged:
        wrong.append("nothing was acknowledged")
    if int(counts.get("stale") or 0) > planted.get("late", 0):
        wrong.append(f"stale {counts['stale']}, planted {planted.get('late', 0)}")
    gone = serials(folder) - set(held)
    if len(gone) != found["lost"]:
        wrong.append(f"{len(gone)} acknowledged serials are not held")
    recovered, absent = int(counts.get("recovered") or 0), int(counts.get("absent") or 0)
    if recovered + absent != unknown:
        wrong.append(f"of {unknown} of unknown fate {recovered} recovered, {absent} absent")
    more = len(set(held) - serials(folder))
    if recovered != more:
        wrong.append(f"{recovered} recovered, and {more} are held that were not acknowledged")
    return Told(planted, found, acknowledged, unknown, wrong)


def serials(folder: Path) -> set[str]:
    """Of the declarations that were acknowledged, straight from the receipts."""
    found: set[str] = set()
    for file in folder.glob("runs/*/receipts/*.jsonl"):
        header = header_of(file)
        begun: set[int] = set()
        for _, event in events(file) if header else ():
            match event:
                case "intent", number, operation, _, _ if operation == WRITES:
                    begun.add(number)
                case "ok", number, _, values if header and number in begun:
                    found.add(str(dict(zip(header.names[WRITES], values, strict=True))["pzxh"]))
    return found


def apart(load: Load, faults: Sequence[str]) -> bool:
    """Whether no two of the faults fall on one write, which would be told of in one class alone."""
    planted = [Fault(n, parse(spec, (WRITES,)), load.seed, None) for n, spec in enumerate(faults, 1)]
    return all(sum(one.strikes() for one in planted) < 2 for _ in range(load.rate * load.seconds + MARGIN))


def with_faults(name: str, load: Load, folder: Path, database: str) -> Told:
    """Shares of writes are spoilt; which, is counted by the system itself."""
    faults = [spec.format(share=load.share) for spec in FAULTS[name]]
    load = next(one for one in (load._replace(seed=load.seed + APART * n) for n in range(TRIES))
                if apart(one, faults))  # fmt: skip
    with system(folder, database, load.seed, faults) as up:
        audit = loaded(folder, up.url, load)
        planted = {
            CLASS[row["kind"]]: row["hits"] for row in up.asked("faults")["faults"] if row["kind"] in CLASS
        }
        return told(audit, planted, up.held(), folder)


def killed(name: str, load: Load, folder: Path, database: str) -> Told:
    """kill -9 under load, then up again on the same port and database: what was acknowledged is there."""
    with system(folder, database, load.seed) as up:

        def again() -> None:
            up.kill()
            up.start()

        audit = loaded(folder, up.url, load, again)
        return told(audit, {}, up.held(), folder)


def cut(name: str, load: Load, folder: Path, database: str) -> Told:
    """1 answer in 100 is cut off: its write may have been done, and is found, or not."""
    with system(folder, database, load.seed) as up, cutting(up.port, load.seed) as url:
        return told(loaded(folder, url, load), {}, up.held(), folder)


CASES: dict[str, Callable[[str, Load, Path, str], Told]] = {
    **dict.fromkeys(FAULTS, with_faults), "killed, SQLite": killed, "killed, PostgreSQL": killed, "cut": cut,
}  # fmt: skip


def one(name: str, load: Load) -> Told:
    """One run; what breaks the benchmark itself is told of that run alone, and the others go on."""
    try:
        return _one(name, load)
    except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError) as error:
        return Told({}, {}, 0, 0, [f"{type(error).__name__}: {error}"])


def _one(name: str, load: Load) -> Told:
    with scratch("audit") as folder, contextlib.ExitStack() as stack:
        database = f"sqlite:///{folder / 'system.db'}"
        if name.endswith("PostgreSQL"):
            from tests.reference.private_postgres import server

            database = stack.enter_context(server())
        return CASES[name](name, load, folder, database)


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every audit told the truth."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks audits", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="runs of each case")
    parser.add_argument("--only", action="append", choices=[*CASES], help="this case; may be repeated")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of load, each run")
    parser.add_argument("--rate", type=int, default=RATE, help="journeys a second")
    parser.add_argument("--share", type=float, default=SHARE, help="of each fault, in percent")
    parser.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args(arguments)
    rows, raw, bad = [], {}, 0
    for name in asked.only or CASES:
        tries = []
        for seed in range(1, asked.times + 1):
            tries.append(one(name, Load(asked.rate, asked.seconds, asked.share, seed)))
            if tries[-1].wrong:
                print(f"{name}, run {seed}: {'; '.join(tries[-1].wrong)}", flush=True)
        right = sum(not one.wrong for one in tries)
        bad += len(tries) - right
        planted, found = (
            sum(getattr(one, part).get(kind, 0) for one in tries for kind in FOUND)
            for part in ("planted", "found")
        )
        late = sum(one.planted.get("late", 0) for one in tries)
        seen = [f"{sum(getattr(one, part) for one in tries):,}" for part in ("acknowledged", "unknown")]
        rows.append([name, f"{right} of {len(tries)}", f"{planted:,}", f"{found:,}", late, *seen])
        raw[name] = [one._asdict() for one in tries]
        print(f"{name}: {right} of {len(tries)} told the truth", flush=True)
    heads = [
        "case",
        "audits that told the truth",
        "planted",
        "found",
        "late",
        "acknowledged",
        "of unknown fate",
    ]
    report("audits", "Audits beside the truth", [table(heads, rows)], raw, keep=not asked.draft)
    return int(bad > 0)
