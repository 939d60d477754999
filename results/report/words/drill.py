"""A drill in words and as a picture of its buckets, for the page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from results.checks.values import yuan
from results.metrics import count, seconds

WIDTH = 720.0  # of the picture
STATES = {
    "good": ("good", "正常", "#3a8f5f"),
    "degraded": ("degraded: some were served", "降级：部分可办", "#d9a21b"),
    "out": ("out: nobody was served", "中断：无人可办", "#c0392b"),
    "few": ("too few requests to say", "请求过少，不作判断", "#9a9a9a"),
}
DONE_ZH = {
    "freeze": "冻结", "kill": "强制终止", "restart": "重启", "fill": "占满磁盘",
    "latency": "延迟", "bandwidth": "限速",
    "reset": "重置连接", "half_closed": "半关闭连接", "cut": "断网", "sliced": "分片",
}  # fmt: skip
CAME = {
    "recovered": ("recovered", "已恢复"),
    "not_recovered": ("not recovered by the end: no RTO", "至结束未恢复：没有恢复时间"),
    "unnoticed": ("nobody noticed it", "无人察觉"),
    "unknown": ("too few requests to say", "请求过少，无法判断"),
    "unsteady": ("it was not well before", "演练前就不正常"),
}
LOSSES = {
    "before": ("lost, acknowledged before: writes (yuan)", "之前受理而丢失：笔数（元）"),
    "during": ("lost, acknowledged meanwhile: writes (yuan)", "其间受理而丢失：笔数（元）"),
    "after": ("lost, acknowledged after the recovery: writes (yuan)", "恢复后受理又丢失：笔数（元）"),
}


class Fact(NamedTuple):
    """A figure with its name in both languages."""

    en: str
    zh: str
    value: str


def drill_part(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the template draws; None where there was no drill."""
    if not found:
        return None
    return {
        "actions": [_action(one) for one in found["actions"]],
        "episodes": [_episode(one) for one in found["episodes"]],
        "losses": losses(found["losses"]),
        "level": level(found),
        "problems": found["problems"],
        "states": [STATES[name] for name in STATES if name in _seen(found)],
    }


def facts(one: Mapping[str, Any]) -> list[Fact]:
    """The figures of an episode, all from the injection."""
    rows = [
        ("RTO, as people see it", "恢复时间（RTO，按办理感受）", one["rto_s"]),
        ("until it was noticed", "到被察觉", one["noticed_s"]),
        ("out", "中断", one["out_s"]),
        ("degraded", "降级", one["degraded_s"]),
        ("of which nothing is known", "其中无法判断", one["few_s"] or None),
        ("until the backlog was worked off", "到积压消化", one["backlog_s"]),
    ]
    told = [Fact(en, zh, shown(value)) for en, zh, value in rows if value is not None]
    if one["rto_s"] is None:
        told.insert(0, Fact("RTO, as people see it", "恢复时间（RTO，按办理感受）", "–"))
    if one["relapses"]:
        told.append(Fact("relapses", "反复", count(one["relapses"])))
    return told


def in_short(found: Mapping[str, Any]) -> list[tuple[Fact, bool]]:
    """What a drill is about, for the head of a page: when people could work again, how much was lost at most,
    and how many writes; each with whether it is bad by itself. A dash is not known, which is not 0."""
    rto, lost = found["rto_s"], found["losses"]
    writes = sum(lost[name]["count"] for name in LOSSES)
    known = lost["state"] != "none"
    told = f"≥ {count(writes)}" if lost["state"] == "partly" else count(writes)
    return [
        (Fact("RTO, as people see it", "恢复时间（RTO）", "–" if rto is None else shown(rto)), rto is None),
        (losses(lost)[0], False),
        (Fact("lost writes", "丢失笔数", told if known else "–"), known and writes > 0),
    ]


def shown(value: float) -> str:
    """`0.03 s`, `12.40 s`, `3 min 20 s`."""
    return f"{value:.2f} s" if value < 60 else seconds(value)


def losses(found: Mapping[str, Any]) -> list[Fact]:
    """RPO and the classes of losses; a dash where it is not known, which is not 0."""
    value = "–" if found["rpo_s"] is None else shown(found["rpo_s"])
    at_least = found["state"] == "partly" and found["rpo_s"] is not None
    rows = [Fact("RPO, by the audit", "数据丢失时间（RPO，按核对）", f"≥ {value}" if at_least else value)]
    if found["state"] == "none":
        return rows
    for name, (en, zh) in LOSSES.items():
        of = found[name]
        rows.append(Fact(en, zh, f"{count(of['count'])} ({yuan(of['fen'])})"))
    return rows


def level(found: Mapping[str, Any]) -> tuple[str, str] | None:
    """The level of GB/T 20988 that the figures reach, with what it rests on."""
    if found["level"] is None:
        return None
    number = found["level"]
    return (
        f"GB/T 20988 level {number}, by the scenario's own reading: what the standard asks of levels 2 to 6 "
        f"is not confirmed",
        f"达到 GB/T 20988 第 {number} 级（按场景所写的数值；第 2 至 6 级的数值未经证实）",
    )


def work(one: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """(unit/post or operation, served, came) of those who came meanwhile, the worst first."""
    rows = [(name, served, came) for name, (served, came) in one["work"].items()]
    return sorted(rows, key=lambda row: (row[1] / row[2] if row[2] else 1.0, row[0]))


def action(one: Mapping[str, Any]) -> tuple[str, str]:
    """`freeze target` and its Chinese; of what happens on the way, its name alone."""
    behind = f" {one['service']}" if one["service"] else ""
    return f"{one['do']}{behind}", f"{DONE_ZH.get(one['do'], one['do'])}{behind}"


def _seen(found: Mapping[str, Any]) -> set[str]:
    """The states that the pictures show: a legend has no others."""
    return {row[4] for one in found["episodes"] for row in one["buckets"]}


def _action(one: Mapping[str, Any]) -> Mapping[str, Any]:
    what = action(one)
    back = "–" if one["back_s"] is None else f"{one['back_s']:.2f}"
    return {"what": what, "at": f"{one['at_s']:.2f}", "back": back}


def _episode(one: Mapping[str, Any]) -> dict[str, Any]:
    rows = one["buckets"]
    begin, end = (rows[0][0], rows[-1][1]) if rows else (0.0, 1.0)
    scale = WIDTH / (end - begin)
    first = one["injections_s"][0]
    recovered = None if one["rto_s"] is None else (first + one["rto_s"] - begin) * scale
    return {
        "state": CAME[one["state"]],
        "facts": facts(one),
        "work": work(one),
        "spans": [
            (round((start - begin) * scale, 2), round((stop - start) * scale, 2), STATES[name][2])
            for start, stop, name in _spans(rows)
        ],
        "injections": [round((at - begin) * scale, 2) for at in one["injections_s"]],
        "recovered": None if recovered is None else round(recovered, 2),
        "begin": f"{begin:.1f}",
        "end": f"{end:.1f}",
    }


def _spans(rows: Sequence[Sequence[Any]]) -> list[tuple[float, float, str]]:
    """Buckets of one state in a row as one."""
    found: list[tuple[float, float, str]] = []
    for start, stop, _, _, state in rows:
        if found and found[-1][2] == state:
            found[-1] = (found[-1][0], stop, state)
        else:
            found.append((start, stop, state))
    return found
