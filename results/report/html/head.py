"""The head of report.html, for who has one minute: what was asked, what came out, where to look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from results.metrics import FEW, count, milliseconds, rounded_share, seconds, show, too_few
from results.report.html.moments import moments
from results.report.reasons import Told, told
from results.report.wording import MEANINGS, local_time, margin, show_margin, show_margin_zh, visible
from results.report.words.drill import in_short
from results.snapshot.histograms import Interval
from results.snapshot.run import OperationSummary, Run, ThresholdRow
from results.snapshot.timeline import Timeline

NOTHING = Told("", "")


@dataclass(frozen=True)
class Figure:
    """One number under its name. note: beneath it. tone: "", "bad" or "warn"."""

    name: Told
    value: str
    note: Told = NOTHING
    tone: str = ""


@dataclass(frozen=True)
class Head:
    """question: as the scenario asks it, "" where it has none. facts: when, build, target, load.

    looks: where to look first: what was slowest and when, and when it failed.
    """

    question: Told
    answer: Told
    facts: list[Told]
    figures: list[Figure]
    looks: list[Told] = field(default_factory=list)


def head_of(run: Run, intervals: Sequence[Interval], timeline: Timeline) -> Head:
    """The head of a run; of a search for capacity, of the search and not of one of its steps."""
    asked = run.scenario.model_extra or {}
    question = str(asked.get("question") or "")
    capacity = (run.model_extra or {}).get("capacity")
    return Head(
        question=Told(question, str(asked.get("question_zh") or question)),
        answer=_answer(run, capacity),
        facts=_facts(run, capacity),
        figures=_of_search(capacity) if capacity else [*_of_drill(run), *_figures(run)],
        looks=_of_steps(capacity) if capacity else moments(run, intervals, timeline),
    )


def _answer(run: Run, capacity: Mapping[str, Any] | None) -> Told:
    """The verdict in a sentence."""
    broken = [row for row in run.thresholds if row.passed is False]
    if run.verdict == "invalid":
        return _because(run)
    if capacity:
        return _found(capacity)
    if run.verdict == "pass":
        return _held(run.thresholds)
    if run.verdict == "fail" and broken:
        return _broken(broken, len(run.thresholds))
    return _because(run)


def _because(run: Run) -> Told:
    meaning, meaning_zh = MEANINGS[run.verdict]
    first = next(iter(told(run)), None)
    if first is None:
        return Told(f"{meaning.capitalize()}.", f"{meaning_zh}。")
    return Told(f"{meaning.capitalize()}: {visible(first.en)}.", f"{meaning_zh}：{visible(first.zh)}。")


def _broken(broken: Sequence[ThresholdRow], of: int) -> Told:
    row = min(broken, key=_spare)
    en, zh = _measured(row)
    return Told(
        f"{len(broken)} of {of} thresholds did not hold; the furthest beyond: {en}.",
        f"{of} 项阈值中有 {len(broken)} 项未满足；超出最多的是 {zh}。",
    )


def _held(rows: Sequence[ThresholdRow]) -> Told:
    en, zh = _measured(min(rows, key=_spare))
    if len(rows) == 1:
        return Told(f"The threshold held: {en}.", f"阈值已满足：{zh}。")
    return Told(
        f"All {len(rows)} thresholds held; the nearest to its limit: {en}.",
        f"全部 {len(rows)} 项阈值均满足；最接近限值的是 {zh}。",
    )


def _measured(row: ThresholdRow) -> Told:
    """`declaration.submit p95 < 3s, measured 2.41 s (20% to spare)`."""
    name, value = f"{visible(row.subject)} {row.rule}", show(row.value, row.unit)
    far, far_zh = show_margin(row), show_margin_zh(row)
    return Told(
        f"{name}, measured {value}" + (f" ({far})" if far else ""),
        f"{name}，实测 {value}" + (f"（{far_zh}）" if far_zh else ""),
    )


def _spare(row: ThresholdRow) -> float:
    spare = margin(row)
    return math.inf if spare is None else spare


def _found(capacity: Mapping[str, Any]) -> Told:
    """`34.4 journeys/s held, 51.3 broke`."""
    low, high, least = capacity["low"], capacity["high"], capacity["at_least"]
    if not low:
        return Told("No rate that was tried held.", "试过的到达率均未达标。")
    en = f"{low:.4g} journeys a second held; " + (
        f"{high:.4g} broke" if high else "none that was tried broke"
    )
    zh = f"每秒 {low:.4g} 笔业务可承受；" + (f"{high:.4g} 笔超限" if high else "试过的到达率均未超限")
    if least:
        en += f" (wanted: at least {least:.4g})"
        zh += f"（要求至少 {least:.4g}）"
    return Told(f"{en}.", f"{zh}。")


def _facts(run: Run, capacity: Mapping[str, Any] | None) -> list[Told]:
    """When, of which build, at which target, under what load."""
    facts = [_same(local_time(run.started))]
    label = run.labels.get("build")
    facts.append(
        Told(f"build {visible(label)}", f"版本 {visible(label)}")
        if label
        else Told("no build named", "未注明版本")
    )
    facts.append(_same(f"{visible(run.target.name)} {visible(run.target.url)}".strip()))
    if not capacity:
        if run.load.model == "open":
            facts.append(Told("arrivals at a rate", "按到达率加压"))
        elif run.load.users:
            facts.append(Told(f"{count(run.load.users)} operators", f"{count(run.load.users)} 名操作员"))
        pace = float((run.model_extra or {}).get("pace") or 1.0)
        if pace != 1.0:
            facts.append(Told(f"{pace:g} times as fast as in the bureau", f"比税务局实际快 {pace:g} 倍"))
        facts.append(_same(seconds(run.duration_s)))
    return facts


def _same(text: str) -> Told:
    return Told(text, text)


def _figures(run: Run) -> list[Figure]:
    """p95, p99, errors, rejections, throughput against the plan, requests."""
    total = run.total or _added(run)
    return [
        *(_latency(total, name) for name in ("p95", "p99")),
        _share(Told("errors", "错误"), total.errors, total.started, "bad"),
        _share(Told("rejected", "业务拒绝"), total.rejected, total.started, "warn"),
        _throughput(run, total),
    ]


def _share(name: Told, part: int, whole: int, tone: str) -> Figure:
    note = Told(f"{count(part)} of {count(whole)}", f"{count(whole)} 个中 {count(part)} 个")
    return Figure(name, show(100 * part / whole if whole else None, "%"), note, tone if part else "")


def _added(run: Run) -> OperationSummary:
    """Of an old snapshot without `total`: its counts; its latencies cannot be added."""
    parts = run.operations.values()
    counts = {
        name: sum(getattr(one, name) for one in parts) for name in ("started", "ok", "rejected", "errors")
    }
    return OperationSummary(**counts, rate_per_s=sum(one.rate_per_s for one in parts))


def _latency(total: OperationSummary, name: str) -> Figure:
    if total.latency_ms is None:
        return Figure(_same(name), "–")
    mark = FEW if too_few(name, total.finished) else ""
    return Figure(
        _same(name), milliseconds(getattr(total.latency_ms, name)) + mark, Told("all operations", "全部操作")
    )


def _throughput(run: Run, total: OperationSummary) -> Figure:
    """Requests that succeeded a second, and of how many that the plan brings at zero latency."""
    name, value = Told("throughput", "吞吐量"), show(total.rate_per_s, "/s")
    plan = (run.model_extra or {}).get("planned_requests_per_s")
    if not plan:
        return Figure(name, value, Told("requests that succeeded", "成功的请求"))
    share = rounded_share(total.rate_per_s / plan)
    return Figure(
        name,
        value,
        Told(f"{share} of {plan:.4g}/s planned", f"计划 {plan:.4g}/s 的 {share}"),
    )


def _of_drill(run: Run) -> list[Figure]:
    """How long nobody could work, and what was lost; nothing where a run is no drill."""
    found = (run.model_extra or {}).get("drill")
    return [
        Figure(Told(fact.en, fact.zh), fact.value, tone="bad" if bad else "")
        for fact, bad in (in_short(found) if found else ())
    ]


def _of_search(capacity: Mapping[str, Any]) -> list[Figure]:
    """What a search is about: the rates that held and broke, and how many were tried."""
    low, high, least = capacity["low"], capacity["high"], capacity["at_least"]
    a_second = Told("journeys a second", "业务/秒")
    figures = [
        Figure(Told("held", "可承受"), f"{low:.4g}/s" if low else "–", a_second),
        Figure(Told("broke", "超限"), f"{high:.4g}/s" if high else "–", a_second),
        Figure(
            Told("requests at the capacity", "容量下的请求"),
            f"{capacity['requests_per_s']:.4g}/s" if low else "–",
        ),
    ]
    if least:
        figures.append(
            Figure(Told("wanted", "要求"), f"≥ {least:.4g}/s", a_second, "" if low >= least else "bad")
        )
    return [*figures, Figure(Told("rates tried", "试过的到达率"), str(len(capacity["steps"])))]


def _of_steps(capacity: Mapping[str, Any]) -> list[Told]:
    """The rates in the order in which they were tried, and what broke first."""
    words = {"held": ("held", "可承受"), "broke": ("broke", "超限"), "invalid": ("invalid", "无效")}
    steps = [(f"{step['rate']:.4g}/s", *words[step["outcome"]]) for step in capacity["steps"]]
    looks = [
        Told(
            "Tried: " + ", ".join(f"{rate} {en}" for rate, en, _ in steps) + ".",
            "依次试过：" + "，".join(f"{rate} {zh}" for rate, _, zh in steps) + "。",
        )
    ] if steps else []  # fmt: skip
    first = capacity["first_broken"]
    if first:
        row = f"{visible(first['subject'])} {first['rule']}"
        value = show(first["value"], first["unit"])
        looks.append(
            Told(
                f"First to break: {row}, measured {value} at {first['rate']:.4g}/s.",
                f"首先超限：{row}，{first['rate']:.4g}/s 时实测 {value}。",
            )
        )
    return looks
