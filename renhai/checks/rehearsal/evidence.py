"""What a stage's command left behind: documents, their digests, their answers in a line each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
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
PAGES = ("report.html", "verify.html", "comparison.html", "replay.html", "drain.html")


class Document(NamedTuple):
    """path: of the document; verdict: what it says; headline: in a line; build: of a load; embedded: that
    load went to a reference system of ours."""

    path: Path
    verdict: str
    headline: Told
    doubts: tuple[str, ...] = ()
    build: str | None = None
    embedded: bool = False


def documents(command: Sequence[str], out: Path, since: float, own: Collection[str] = ()) -> list[Document]:
    """What the command left below `out`; one of BESIDE lies beside its run, written since `since` (epoch).

    own: URLs of the reference systems that the programme has itself.
    """
    if command[0] in BESIDE:
        beside = Path(command[1]).glob(BESIDE[command[0]])
        paths = sorted(path for path in beside if path.stat().st_mtime >= since - 1)[-1:]
    else:
        paths = sorted(out.glob(DOCUMENTS[command[0]]))
    return [_document(path, own) for path in paths]


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


def altered(kept: dict[str, str], below: Path) -> Iterator[str]:
    """Documents that are gone or no longer what they were, runs whose files beside them are not."""
    for name, digest in kept.items():
        path = below / name
        try:
            if _sha256(path) != digest:
                yield f"its evidence was changed since: {name}"
            elif path.name == "run.json":
                load_judged(path.parent)
        except OSError:
            yield f"its evidence is gone: {name}"
        except SnapshotError as error:
            yield f"its evidence no longer holds: {error}"


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
        return Document(path, str(found["verdict"]), HEADLINES.get(path.name, _untold)(found))
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
    return Document(path, run.verdict, run_headline(run, embedded), (), build, embedded)


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
    return Document(path, verdict, told, why)


def _papers(path: Path, found: dict[str, Any]) -> Document:
    faults = sum(int((found.get("counts") or {}).get(kind) or 0) for kind in CLASSES)
    verdict = "fail" if faults else "pass" if found.get("state") == "checked" else "inconclusive"
    return Document(path, verdict, Told(f"{faults:,} papers are wrong", f"{faults:,} 份单据有误"))


HEADLINES = {"verify.json": _verified, "replay.json": _replayed, "drain.json": _drained}
LATER = {"audits": _audit, "papers": _papers}
