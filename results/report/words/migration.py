"""The classes of a verification, in English and Chinese."""

from __future__ import annotations

from results.language.catalogue import in_chinese

VERDICTS = {
    "pass": ("PASS", "通过"),
    "fail": ("FAIL", "未通过"),
    "inconclusive": ("NOT ALL COMPARED", "比对不全"),
}
CLASSES = {
    "identical": ("identical", "一致"),
    "by_rule": ("equal by rule", "按规则一致"),
    "within_tolerance": ("within tolerance", "在容差内"),
    "changed": ("changed", "不一致"),
    "unreadable": ("unreadable", "无法解读"),
    "missing": ("missing", "缺失"),
    "extra": ("extra", "多余"),
    "duplicated_old": ("duplicated in old", "旧数据主键重复"),
    "duplicated_new": ("duplicated in new", "新数据主键重复"),
    "unpaired_old": ("old with several partners", "旧数据对应多行"),
    "unpaired_new": ("new with several partners", "新数据对应多行"),
    "no_key_old": ("without key in old", "旧数据主键为空"),
    "no_key_new": ("without key in new", "新数据主键为空"),
    "header_old": ("line of names again in old", "旧数据表头重复"),
    "header_new": ("line of names again in new", "新数据表头重复"),
    "unreadable_old": ("unreadable in old", "旧数据无法解读"),
    "unreadable_new": ("unreadable in new", "新数据无法解读"),
    "invalid": ("invalid identifier", "标识号有误"),
    "invalid_old": ("invalid identifier in old", "旧数据标识号有误"),
    "invalid_new": ("invalid identifier in new", "新数据标识号有误"),
    "unbalanced": ("equation broken", "勾稽关系不成立"),
    "unbalanced_old": ("equation broken in old", "旧数据勾稽关系不成立"),
    "unbalanced_new": ("equation broken in new", "新数据勾稽关系不成立"),
    "dangling": ("dangling reference", "引用无对应"),
    "dangling_old": ("dangling reference in old", "旧数据引用无对应"),
    "dangling_new": ("dangling reference in new", "新数据引用无对应"),
    "sums": ("sums differ", "合计不符"),
    "damaged": ("damaged text", "乱码"),
}

OTHERS = {  # what was another in the verification before this one
    "other_rules": ("by other rules", "规则不同"),
    "other_folders": ("of other folders", "目录不同"),
}


def damaged(number: int, side: str) -> str:
    """How many signs of loose decoding stand in a side's files."""
    return f"signs of loose decoding (U+FFFD, 锟斤拷, ï¿½) in the {side} files: {number:,}"


def problem_in_chinese(why: str) -> str:
    """A problem in Chinese; a file and its line before it stay as they are."""
    whole = in_chinese(why)
    where, colon, rest = why.partition(": ")
    apart = f"{where}: {problem_in_chinese(rest)}" if colon and " " not in where else whole
    return min(whole, apart, key=lambda text: sum(sign.isascii() for sign in text))
