"""Numbers and short labels as people read them, in English and Chinese."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from results import metrics
from results.metrics import FEW, milliseconds, rounded_share, show, too_few
from results.snapshot.run import OperationSummary, Run, ThresholdRow

VERDICTS = {
    "pass": ("PASS", "通过"),
    "fail": ("FAIL", "未通过"),
    "invalid": ("INVALID", "测量无效"),
    "inconclusive": ("CANNOT DECIDE", "无法判定"),
}
MEANINGS = {
    "pass": ("every threshold held", "所有阈值均满足"),
    "fail": ("the target did not hold", "被测系统未达标"),
    "invalid": ("the measurement cannot be trusted", "测量结果不可信"),
    "inconclusive": ("the data cannot decide", "数据不足以判定"),
}
UNJUDGED = {"unfinished": ("UNFINISHED", "未完成"), "unreadable": ("UNREADABLE", "无法读取")}
LOCUST_EVENT = (
    "Measured from Locust's request event, from the send: the Locust file is the user's own.",
    "取自 Locust 的 request 事件，自发送时刻计：Locust 文件由用户自备。",
)
SEARCH_ENDS = {
    "ceiling": (
        "No step went beyond the ceiling: the capacity may be higher.",
        "未测试更高的到达率：容量可能更高。",
    ),
    "unsettled": (
        "The steps were used up before the interval was as narrow as wanted.",
        "阶梯已用完，区间尚未达到要求的精度。",
    ),
    "generator": (
        "The load generator gave out first: the capacity may be higher.",
        "负载机先达到极限：容量可能更高。",
    ),
    "plan": (
        "A step did not send what the plan has: the search ended there.",
        "有阶梯未按计划发送，搜索就此结束。",
    ),
    "interrupted": (
        "The search was interrupted: the capacity may be higher.",
        "搜索被人为中断：容量可能更高。",
    ),
    "none": ("Not even the lowest rate held.", "最低到达率亦未达标。"),
}
STEP_OUTCOMES = {"held": ("held", "可承受"), "broke": ("broke", "超限"), "invalid": ("invalid", "测量无效")}
DRIFT_STATES = {
    "steady": ("steady", "稳定"),
    "drifts": ("drifts", "漂移"),
    "cannot tell": ("cannot tell", "无法判定"),
}
DRIFT_QUANTITIES = {
    "p50": ("latency p50", "延迟 p50"),
    "p95": ("latency p95", "延迟 p95"),
    "error_rate": ("error rate", "错误率"),
    "memory": ("memory of the target", "被测系统内存"),
}
# Keys of run.json's journeys and groups and of a comparison's settings, as Chinese heads.
COLUMNS_ZH = {
    "unit": "单位",
    "post": "岗位",
    "seats": "席位",
    "started": "开始",
    "attempted": "尝试",
    "completed": "完成",
    "failed": "失败",
    "cut": "截断",
    "unit_name": "单位名称",
    "post_name": "岗位名称",
    "signed_in": "已登录",
    "error_screens": "错误画面",
    "errors": "错误",
    "rejected": "业务拒绝",
    "p50_ms": "业务用时 p50（毫秒）",
    "p95_ms": "业务用时 p95（毫秒）",
    "max_ms": "最长用时（毫秒）",
    "waiting_s": "等待（秒）",
    "seated_s": "在岗（秒）",
    "journey": "流程",
    "interrupted": "被打断",
    "aborted": "被中止规则停止",
    "target_lost": "系统消失",
    "running": "未结束",
    "build": "版本",
    "commit": "提交",
    "cpu_model": "CPU 型号",
    "cpus": "核数",
    "cores": "核数",
    "memory_gb": "内存（GB）",
    "kernel": "内核",
    "platform": "平台",
    "job": "任务",
    "git": "代码",
    "dirty": "有未提交的改动",
    "noise_band": "噪声带",
    "share_band": "比率噪声带",
    "tolerance": "容差",
    "share_tolerance": "比率容差",
    "alpha": "误报概率上限",
    "confidence": "置信水平",
    "assumed_noise": "单次运行的假定波动",
    "assumed_launch_noise": "单次启动的假定波动",
    "decisive": "决定结论的对象",
    "decisive_metrics": "决定结论的指标",
}


# C0 and C1 controls, line and paragraph separators, and what turns the direction of text around
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """A foreign text, such as a name, on one line: what moves a cursor or hides is spelled, as `\\x1b`."""
    return _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def begins(run: Run) -> str:
    """Where latencies begin: at the intended start, or at the send in a user's own Locust file."""
    return "send" if (run.model_extra or {}).get("measured") == "locust-event" else "intended start"


def amount(value: float, unit: str) -> str:
    """A quantity whose drift is looked at: ms, a share, MB."""
    if unit == "ms":
        return milliseconds(max(value, 0.0))
    return rounded_share(value, 3) if unit == "share" else f"{value:.4g} {unit}"


def growth(value: float, unit: str) -> str:
    """As results.metrics.change; of a share, points: `+0.012 pp`."""
    return f"{100 * value:+.3f} pp" if unit == "share" else metrics.change(value)


def margin(row: ThresholdRow) -> float | None:
    """See results.metrics.margin."""
    metric = row.metric or ("throughput" if row.unit == metrics.PER_SECOND else "")
    return metrics.margin(metric, row.value, row.limit)


def has_few(summary: OperationSummary) -> bool:
    """Whether a percentile of the operation has fewer requests than it needs."""
    return any(too_few(name, summary.finished) for name in ("p95", "p99"))


def show_measured(row: ThresholdRow) -> str:
    """The measured value, marked where a percentile has fewer requests than it needs."""
    few = row.note_code is not None and row.note_code.code == "note.few_samples"
    return show(row.value, row.unit) + (FEW if few else "")


def show_margin(row: ThresholdRow) -> str:
    """`25% to spare`, `74% beyond`, `12x the limit`, or "" where there is no number."""
    spare = margin(row)
    if spare is None:
        return ""
    if abs(spare) > 9:
        return f"{1 + abs(spare):,.0f}x the limit"
    return f"{rounded_share(spare)} to spare" if spare >= 0 else f"{rounded_share(-spare)} beyond"


def show_margin_zh(row: ThresholdRow) -> str:
    """The same in Chinese."""
    spare = margin(row)
    if spare is None:
        return ""
    if abs(spare) > 9:
        return f"为限值的 {1 + abs(spare):,.0f} 倍"
    return f"余量 {rounded_share(spare)}" if spare >= 0 else f"超限 {rounded_share(-spare)}"


def nearest_of_each_rule(rows: Iterable[ThresholdRow]) -> list[tuple[ThresholdRow, int]]:
    """(the row nearest to its limit, how many more there are) for each rule, in the order of the rules."""
    alike: dict[str, list[ThresholdRow]] = {}
    for row in rows:
        alike.setdefault(row.rule, []).append(row)
    return [(min(same, key=_spare), len(same) - 1) for same in alike.values()]


def most_asked(operations: dict[str, OperationSummary], most: int) -> dict[str, OperationSummary]:
    """All where they are few; else those with the most errors and refusals, then the most asked."""
    if len(operations) <= most:
        return operations
    first = sorted(
        operations.items(), key=lambda item: (-(item[1].errors + item[1].rejected), -item[1].started)
    )
    return dict(first[:most])


def shape_of_capacity(found: Mapping[str, Any]) -> str:
    """What the steps of a search show beside the capacity: `knee`; `flat`: a journey takes hardly longer up
    to it; `unbroken`: nothing broke, so that neither a knee nor servers can be told; "": too little is known.
    """
    if not found["low"]:
        return ""
    if not found["high"]:
        return "unbroken"
    return "knee" if "knee" in found["queueing"] else "flat" if found["queueing"] else ""


def worst_of_each_rule(rows: Iterable[ThresholdRow], most: int) -> list[tuple[ThresholdRow, int]]:
    """At most so many rows of each rule, the furthest beyond its limit first; with the last of a rule, how
    many more there are, else 0."""
    alike: dict[str, list[ThresholdRow]] = {}
    for row in rows:
        alike.setdefault(row.rule, []).append(row)
    found = []
    for same in alike.values():
        shown = sorted(same, key=_spare)[:most]
        found += [(row, 0) for row in shown[:-1]] + [(shown[-1], len(same) - len(shown))]
    return found


def _spare(row: ThresholdRow) -> float:
    spare = margin(row)
    return math.inf if spare is None else spare


def local_time(iso: str) -> str:
    """A moment as people here read it, with its zone (`2015-09-11 16:00:05 CST`); other texts stay."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def words_of(verdict: str) -> tuple[str, str]:
    """A verdict, or what stands in its place in a list of runs, in English and Chinese."""
    return VERDICTS.get(verdict) or UNJUDGED[verdict]
