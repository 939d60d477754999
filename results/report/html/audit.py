"""The audit as the page shows it: classes by operation, money by tax kind, equations, distinct problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.checks.values import yuan
from results.verdict.reasons.audit import Unseen

MOST = 50  # problems on the page; all of them are in audit.json
STATES = {
    "audited": ("Everything was read back.", "已全部回读。"),
    "incomplete": ("Not everything could be read back: nothing here is proven to be fine.",
                   "未能全部回读：不能据此认定无误。"),
    "nothing": ("Nothing was written.", "没有写入。"),
    "not_possible": ("Not audited: the target file does not say how what was written is read back.",
                     "未核对：目标文件未说明写入如何回读。"),
    "failed": ("Nothing was audited.", "未能核对。"),
}  # fmt: skip
CLASSES = {
    "acknowledged": ("acknowledged", "已应答"), "unknown": ("of unknown fate", "下落不明"),
    "stable": ("stable", "一致"), "stale": ("stale", "滞后可见"), "lost": ("lost", "丢失"),
    "duplicated": ("duplicated", "重复"), "altered": ("altered", "被改动"),
    "unexpected": ("unexpected", "多出"), "recovered": ("recovered", "查明在"),
    "absent": ("absent", "查明不在"), "unverified": ("unverified", "未能回读"),
    "never_read": ("never read", "无从回读"), "ignored": ("ignored", "不核对"),
}  # fmt: skip
ALWAYS = ("acknowledged", "stable", "lost", "duplicated", "altered", "unexpected", "unverified")
BAD = ("lost", "duplicated", "altered", "unexpected", "balance")
DOUBT = ("unverified", "never_read", "absent", "stale")
FIGURES = {
    "completeness": ("completeness", "完整性"),
    "correctness": ("correctness", "正确性"),
    "consistency": ("consistency", "一致性"),
}
_DAMAGED = ("audit.json is damaged, and cannot be shown.", "audit.json 已损坏，无法显示。")


def audit_part(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the template draws; None where there is no audit."""
    if not found:
        return None
    try:
        return _part(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        lists = dict.fromkeys(
            ("figures", "classes", "sums", "equations", "idle", "faults", "problems", "hidden"), ()
        )
        return {
            "state": _DAMAGED,
            "whole": False,
            "at": "–",
            "source": "–",
            "operations": {},
            "more": 0,
            **lists,
        }


def _part(found: Mapping[str, Any]) -> dict[str, Any]:
    shown = [name for name in CLASSES if name in ALWAYS or found["counts"].get(name)]
    faults = found.get("faults", [])
    equations = [{"name_en": "", **one} for one in found["equations"]]  # audits of before had no such name
    return {
        "state": STATES[found["state"]],
        "whole": found["state"] == "audited",
        "figures": [
            {"name": FIGURES[name], "value": f"{good:,} / {of:,}" if of else "–",
             "tone": "bad" if good < of else "warn" if not of or found["state"] != "audited" else ""}
            for name, (good, of) in found["figures"].items()
        ],
        "classes": [(name, CLASSES[name]) for name in shown],
        "operations": {
            name: [(kind, counts.get(kind, 0)) for kind in shown]
            for name, counts in found["operations"].items()
        },
        "sums": [
            {**row, "acknowledged_yuan": yuan(row["acknowledged_fen"]), "held_yuan": yuan(row["held_fen"]),
             "difference": yuan(row["difference_fen"])}
            for row in found["sums"]
        ],
        "equations": [one for one in equations if _told(one)],
        "idle": [one for one in equations if not _told(one)],
        "faults": [
            {"field_en": "", **row, "yuan": yuan(row["fen"]),
             "units": [unit for unit in row["units"] if unit]}
            for row in faults[:MOST]
        ],
        "more": len(faults) - MOST,
        "problems": found["problems"],
        "hidden": [
            (one.en, one.zh) for names in (found.get("unseen") or {}).values()
            for one in [Unseen(operation=", ".join(names))]
        ],
        "at": found["at"],
        "source": found["source"],
    }  # fmt: skip


def _told(equation: Mapping[str, Any]) -> bool:
    """Whether there is something to tell: it was checked, is broken, or could not be checked."""
    return bool(equation["checked"] or equation["broken"] or equation["unchecked"])
