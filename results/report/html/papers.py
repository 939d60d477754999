"""Printed papers as the page shows them: classes by operation, distinct problems, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.checks.ledger.pair_words import field_in_chinese
from results.checks.papers.document import CLASSES, OPEN

MOST = 50  # problems on the page; all of them are in papers.json
STATES = {
    "checked": ("Every paper that was kept was checked.", "留存的单据已全部验证。"),
    "incomplete": ("Not every paper could be checked: nothing here is proven to be right.",
                   "未能验证全部单据：不能据此认定无误。"),
    "nothing": ("No paper was printed.", "没有打印任何单据。"),
    "not_possible": ("Not checked: the target file does not say what papers must say.",
                     "未验证：目标文件未说明单据应有的内容。"),
    "failed": ("No paper was checked.", "未能验证单据。"),
}  # fmt: skip
KINDS = {
    "printed": ("printed", "打印"), "checked": ("checked", "已验证"), "right": ("right", "正确"),
    "empty": ("empty", "空白"), "cut_off": ("cut off", "不完整"), "unreadable": ("unreadable", "打不开"),
    "swapped": ("swapped", "串户"), "wrong": ("wrong", "内容有误"), "moved": ("moved", "错位"),
    "sampled_out": ("not in the sample", "未抽中"), "unkept": ("not kept", "未留存"),
    "unchecked": ("unchecked", "未能验证"), "missing": ("missing", "缺失"),
}  # fmt: skip
# Fields of the forms in scenarios/forms/; those of a second page end in _2.
NAMES = {
    "serial": "号码", "authority": "主管税务机关", "period": "税款所属时期", "figures": "金额",
    "capitals": "金额大写", "code": "防伪验证码", "credit": "期末留抵税额",
}  # fmt: skip
_DAMAGED = ("papers.json is damaged, and cannot be shown.", "papers.json 已损坏，无法显示。")


def papers_part(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the template draws; None where no paper was looked at."""
    if not found:
        return None
    try:
        return _part(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        empty = dict.fromkeys(("classes", "faults", "problems", "pictures"), ())
        return {"state": _DAMAGED, "whole": False, "at": "–", "operations": {}, "more": 0, **empty}


def _part(found: Mapping[str, Any]) -> dict[str, Any]:
    shown = [name for name in KINDS if name not in ("sampled_out", *OPEN) or found["counts"][name]]
    return {
        "state": STATES[found["state"]],
        "whole": found["state"] == "checked",
        "at": found["at"],
        "classes": [(name, KINDS[name], _tone(name)) for name in shown],
        "operations": {
            name: [(kind, counts[kind], _tone(kind) if counts[kind] else "") for kind in shown]
            for name, counts in found["operations"].items()
        },
        "problems": found["problems"],
        "faults": [
            {**_named(row), "units": [unit for unit in row["units"] if unit]}
            for row in found["faults"][:MOST]
        ],
        "more": len(found["faults"]) - MOST,
        "pictures": [_named(one) for one in found["pictures"] if str(one["png"]).startswith("iVBOR")],
    }


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """With the name of its field in Chinese beside it."""
    field = str(row["field"])
    base, _, page = field.rpartition("_")
    first = base if base and page.isdigit() else field
    said = f"{NAMES[first]} {first}" if first in NAMES else field_in_chinese(first)
    return {**row, "field_zh": said.removesuffix(first) + field if said.endswith(first) else said}


def _tone(kind: str) -> str:
    return "bad" if kind in CLASSES else "warn" if kind in OPEN else ""
