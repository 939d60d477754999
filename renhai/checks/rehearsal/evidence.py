"""What a stage's command left behind: documents, their digests, their answers in a line each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from renhai.spec.cutover.programme.model import BESIDE, DOCUMENTS
from results.checks.papers.document import CLASSES
from results.errors import SnapshotError
from results.metrics import count, milliseconds, seconds, show
from results.report.reasons import Told
from results.snapshot.run import Run
from results.verdict.judged import load_judged

OWN = ("renhai's own reference system", "renhai 自带的参考系统")
STAMP = re.compile(r"([0-9]{8}T[0-9]{6}Z)-")  # a run's name begins with it
PAGES = ("report.html", "verify.html", "comparison.html", "replay.html", "drain.html")


class Document(NamedTuple):
    """path: of the document; verdict: what it says; headline: in a line; builds: of the loads behind it, ""
    for one without a name; embedded: they went to a reference system of ours; measured: when the oldest of
    runs that were made before began, ISO 8601, "" where none was."""

    path: Path
    verdict: str
    headline: Told
    doubts: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    embedded: bool = False
    measured: str = ""


class Again(NamedTuple):
    """What evidence says when it is looked at again."""

    doubts: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    measured: str = ""


def documents(command: Sequence[str], out: Path, since: float, own: Collection[str] = ()) -> list[Document]:
    """What the command left below `out`; one of BESIDE lies beside its run, written since `since` (epoch).

    own: URLs of the reference systems that the programme has itself.
    """
    if command[0] in BESIDE:
        beside = _looked_at(command).glob(BESIDE[command[0]])
        paths = sorted(path for path in beside if path.stat().st_mtime >= since - 1)[-1:]
    else:
        paths = sorted(out.glob(DOCUMENTS[command[0]]))
    return [_document(path, own) for path in paths]


def _looked_at(command: Sequence[str]) -> Path:
    """The run of such a command, which may stand behind its options."""
    return next((path for path in map(Path, command[1:]) if path.is_dir()), Path(command[-1]))


def doubts(command: Sequence[str], code: int | None, found: Sequence[Document]) -> Iterator[str]:
    """Why a command that ended well is not believed."""
    if code != 0:
        return
    if not found:
        yield "its command ended well and left no document that says so"
    for one in found:
        yield from one.doubts
    if found and not any(one.verdict == "pass" for one in found):
        yield f"its document says {found[-1].verdict}, though its command ended well"
    if command[0] != "run":  # a series of runs makes an invalid one again, and says so by its exit code
        return
    if any(one.verdict == "fail" for one in found):
        yield "one of its runs failed, though its command ended well"


def digests(found: Sequence[Document], below: Path) -> dict[str, str]:
    """sha256 of each document, by its path below the rehearsal's folder; absolute, where not below it."""
    return {_below(one.path, below): _sha256(one.path) for one in found}


def again(command: Sequence[str], code: int | None, kept: dict[str, str], below: Path) -> Again:
    """The documents of an attempt as they lie there now. kept: their digests, by path. What is gone, is no
    longer what it was, or does not say what the exit code says, is a doubt."""
    why, found = list[str](), list[Document]()
    for name, digest in kept.items():
        path = below / name
        try:
            same = _sha256(path) == digest
        except OSError:
            why.append(f"its evidence is gone: {name}")
            continue
        if not same:
            why.append(f"its evidence was changed since: {name}")
            continue
        one = _document(path, ())
        if one.verdict == "unreadable":
            why += [f"its evidence no longer holds: {text}" for text in one.doubts]
        else:
            found.append(one)
            why += _contradicted(path, name) if code == 0 else ()
    if not why:
        why += doubts(command, code, found)
    measured = min((one.measured for one in found if one.measured), default="")
    return Again(tuple(why), tuple(build for one in found for build in one.builds), measured)


def _contradicted(path: Path, name: str) -> Iterator[str]:
    """A later look at the same run, whoever took it."""
    if path.parent.name in LATER:
        for later in sorted(path.parent.glob("*.json")):
            if later.name > path.name and _document(later, ()).verdict == "fail":
                yield f"a later look at the same run failed: {Path(name).with_name(later.name)}"


def pages(found: Sequence[Document], below: Path) -> list[str]:
    """The pages for people beside the documents."""
    return [
        _below(path, below)
        for one in found
        for path in (one.path.with_name(name) for name in PAGES)
        if path.exists()
    ]


def _below(path: Path, folder: Path) -> str:
    try:
        return str(path.resolve().relative_to(folder.resolve()))
    except ValueError:
        return str(path.resolve())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _document(path: Path, own: Collection[str]) -> Document:
    if path.name == "run.json":
        return _run(path, own)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Document(path, "unreadable", Told("", ""), (f"{path.name} cannot be read: {error}",))
    try:
        if path.parent.name in LATER:
            return LATER[path.parent.name](path, found)
        told, verdict = HEADLINES.get(path.name, _untold)(found), str(found["verdict"])
        if path.name == "comparison.json":
            builds = tuple(map(str, found.get("candidate_builds") or ("",)))
            return Document(path, verdict, told, (), builds, measured=began(map(str, found["candidate"])))
        return Document(path, verdict, told, embedded=path.name == "replay.json" and _at_ours(found, own))
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        why = f"{path.name} cannot be read: {type(error).__name__} {error}"
        return Document(path, "unreadable", Told("", ""), (why,))


def _run(path: Path, own: Collection[str]) -> Document:
    try:
        run = load_judged(path.parent)
    except SnapshotError as error:
        return Document(path, "unreadable", Told("", ""), (str(error),))
    build = str(run.labels.get("build") or "")
    embedded = bool(run.target.embedded) or run.target.url in own
    return Document(path, run.verdict, run_headline(run, embedded), (), (build,), embedded)


def _at_ours(found: dict[str, Any], own: Collection[str]) -> bool:
    """Whether the new system of a replay was one of ours."""
    url = found["sides"]["new"]["url"]
    return url == "embedded" or url in own


def began(runs: Iterable[str]) -> str:
    """When the oldest of these runs began, by their names; "" where no name tells."""
    stamps = [found[1] for name in runs if (found := STAMP.match(name))]
    return f"{datetime.strptime(min(stamps), '%Y%m%dT%H%M%SZ').isoformat()}Z" if stamps else ""


def run_headline(run: Run, embedded: bool) -> Told:
    """`1,304 operators, 15 min: p95 812 ms, errors 0 %, 90.1/s at renhai's own reference system`."""
    total = run.total
    capacity = (run.model_extra or {}).get("capacity")
    if capacity:
        return _searched(capacity)
    users = run.load.users if run.load.model == "closed" else 0
    who = (f"{count(users)} operators, ", f"{count(users)} 名操作员，") if users else ("", "")
    at = OWN if embedded else (run.target.name,) * 2
    if total is None or total.latency_ms is None:
        return Told(f"nothing was answered at {at[0]}", f"{at[1]}没有任何响应")
    share = show(100 * total.errors / total.started if total.started else None, "%")
    p95, rate, time = (
        milliseconds(total.latency_ms.p95),
        show(total.rate_per_s, "/s"),
        seconds(run.duration_s),
    )
    return Told(
        f"{who[0]}{time}: p95 {p95}, errors {share}, {rate} at {at[0]}",
        f"{who[1]}{time}：p95 {p95}，错误 {share}，{rate}，{at[1]}",
    )


def _searched(capacity: dict[str, Any]) -> Told:
    low, high = capacity["low"], capacity["high"]
    if not low:
        return Told("no rate that was tried held", "试过的到达率均未达标")
    if not high:
        return Told(
            f"{low:.4g} journeys a second held, none that was tried broke",
            f"每秒 {low:.4g} 笔业务可承受，试过的到达率均未超限",
        )
    return Told(
        f"{low:.4g} journeys a second held, {high:.4g} broke",
        f"每秒 {low:.4g} 笔业务可承受，{high:.4g} 笔超限",
    )


def _untold(found: dict[str, Any]) -> Told:
    return Told("", "")


def _replayed(found: dict[str, Any]) -> Told:
    counts = found.get("counts") or {}
    matched, mismatched = int(counts.get("matched") or 0), int(counts.get("mismatched") or 0)
    entered, problems = int(found.get("reentered") or 0), len(found.get("faults") or ())
    return Told(
        f"{entered:,} re-entered, {matched:,} agree, {mismatched:,} do not: {problems:,} problems",
        f"补录 {entered:,} 笔，一致 {matched:,}，不一致 {mismatched:,}：{problems:,} 个问题",
    )


def _drained(found: dict[str, Any]) -> Told:
    total, faults = int(found.get("total") or 0), int(found.get("findings") or 0)
    numbers = int(((found.get("stock") or {}).get("numbers") or {}).get("old") or 0)
    return Told(
        f"{total:,} open, {numbers:,} numbers in stock, {faults:,} findings",
        f"未办结 {total:,} 笔，库存 {numbers:,} 份，发现 {faults:,} 处",
    )


def _verified(found: dict[str, Any]) -> Told:
    batches = found.get("batches") or []
    faults = sum(int(one.get("findings") or 0) for one in batches)
    rows = found.get("rows") or {}
    both = f"{int(rows.get('old', 0)):,} / {int(rows.get('new', 0)):,}"
    return Told(
        f"{len(batches)} batches, {both} rows: {faults:,} findings",
        f"{len(batches)} 批，{both} 行：发现 {faults:,} 处",
    )


def _audit(path: Path, found: dict[str, Any]) -> Document:
    counts = found.get("counts") or {}
    bad = ("lost", "duplicated", "altered", "unexpected", "balance")
    faults = sum(int(counts.get(kind) or 0) for kind in bad)
    state = found.get("state")
    verdict = "fail" if faults else "pass" if state == "audited" else "inconclusive"
    stable = int(counts.get("stable") or 0)
    told = Told(
        f"{stable:,} writes read back, {faults:,} findings", f"回读 {stable:,} 笔，发现 {faults:,} 处"
    )
    why = ("nothing was written that could have been read back",) if state == "nothing" else ()
    return Document(path, verdict, told, why, measured=began([path.parent.parent.name]))


def _papers(path: Path, found: dict[str, Any]) -> Document:
    faults = sum(int((found.get("counts") or {}).get(kind) or 0) for kind in CLASSES)
    verdict = "fail" if faults else "pass" if found.get("state") == "checked" else "inconclusive"
    told = Told(f"{faults:,} papers are wrong", f"{faults:,} 份单据有误")
    return Document(path, verdict, told, measured=began([path.parent.parent.name]))


HEADLINES = {"verify.json": _verified, "replay.json": _replayed, "drain.json": _drained}
LATER = {"audits": _audit, "papers": _papers}
