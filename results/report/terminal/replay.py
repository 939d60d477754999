"""What a replay found, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.checks.dual_track.document import CLASSES, is_whole, open_parts
from results.checks.ledger.pair_words import KINDS, in_chinese_words, pair_in_chinese
from results.language.catalogue import in_chinese, say
from results.language.numbers import agreed

WORDS = {
    "matched": ("matched", "一致"), "ignored": ("ignored by a rule", "按规则忽略"),
    "mismatched": ("mismatched", "不一致"), "not_planned": ("not planned", "不在补录计划内"),
    "late": ("not re-entered in time", "未及时补录"), "not_sent": ("not sent", "未发送"),
    "not_answered": ("not answered", "未答复"), "not_compared": ("not compared", "未比对"),
}  # fmt: skip
VERDICTS = {
    "pass": ("PASS", "通过"), "fail": ("FAIL", "未通过"), "invalid": ("INVALID", "无效"),
    "inconclusive": ("INCONCLUSIVE", "无法判定"),
}  # fmt: skip
SIDES = {"old": "旧", "new": "新"}
SHOWN = 10
OPEN_SIDES = {
    "old": ("old system", "旧系统"),
    "new": ("new system", "新系统"),
    "journal": ("journal", "业务记录"),
}


def open_words(why: str) -> tuple[str, str]:
    """A reason of `open_by`, in English and Chinese, whose class and side are words for people."""
    name, side, rest = open_parts(why)
    if name not in WORDS:
        return why, in_chinese(why)
    where = OPEN_SIDES.get(side)
    heads = [word + (f"{comma}{where[lang]}" if where else "") for lang, (word, comma) in
             enumerate(zip(WORDS[name], (", ", "，"), strict=True))]  # fmt: skip
    return f"{heads[0]}: {rest}", f"{heads[1]}：{in_chinese(rest)}"


def lines(found: Mapping[str, Any], lang: int) -> list[str]:
    """lang: 0 English, 1 Chinese."""
    out = [f"{VERDICTS[found['verdict']][lang]}  {found['name']}"]
    said = ("occurred {0:,}, re-entered and compared {1:,}", "发生 {0:,} 笔，补录并比对 {1:,} 笔")[lang]
    if not is_whole(found):
        said = said.replace("occurred", "occurred at least").replace("发生", "至少发生")
    out.append("  " + said.format(found["occurred"], found["reentered"]))
    for name in CLASSES:
        if found["counts"][name]:
            out.append(f"  {WORDS[name][lang]}: {found['counts'][name]:,}")
    if found["faults"]:
        many = len(found["faults"])
        out.append(f"  {many} 个问题：" if lang else "  " + agreed(f"{many} problems:"))
    for one in found["faults"][:SHOWN]:
        pair = pair_in_chinese(one["pair"], one["kind"]) if lang else one["pair"]
        field = in_chinese_words(one["field"]) if lang else one["field"]
        kind = KINDS.get(one["kind"], one["kind"]) if lang else one["kind"]
        out.append(f"    {one['id']} {one['operation']} {field} {kind} {pair} × {one['count']:,}")
    if len(found["faults"]) > SHOWN:
        out.append(f"    … {len(found['faults']) - SHOWN}")
    for one in found.get("noise", {}).get("fields", ()):
        said = ("noise of the old system: {0} {1}", "旧系统自身的波动：{0} {1}")[lang]
        out.append("  " + said.format(one["operation"], one["field"]) + _how_often(one, lang))
    for one in found.get("unread", ()):
        said = ("not compared, {0} system, {1}: {2}", "未比对，{0}系统 {1}：{2}")[lang]
        fields = ", ".join(f"{name} × {n:,}" for name, n in one["fields"].items())
        out.append("  " + said.format((one["side"], SIDES[one["side"]])[lang], one["operation"], fields))
    out += [f"  ? {agreed(open_words(why)[lang])} × {n:,}" for why, n in found["open_by"].items()]
    return out + [f"  ? {say(why)}" for why in found["problems"]]


def _how_often(one: Mapping[str, Any], lang: int) -> str:
    """From how many answers noise was learned, where that is told: one of twenty may be chance."""
    if "asked" not in one:
        return ""
    kind = KINDS[one["kind"]] if lang else one["kind"]
    said = (", {0}, {1:,} of {2:,} answers", "，{0}，{2:,} 次答复中 {1:,} 次")[lang]
    return said.format(kind, one["count"], one["asked"])
