"""The words of a normalised pair (results.checks.signature) in Chinese, for tables and pages, and the names
of fields beside their ids.
"""

from __future__ import annotations

import re

from results.checks.signature import ARROW
from results.language.tax_words import word_of

KINDS = {
    "lost": "丢失", "duplicated": "重复", "altered": "被改动", "unexpected": "多出", "balance": "勾稽不平",
    "status": "结果不同", "type": "类型不同", "value": "取值不同", "missing": "缺少", "extra": "多余",
    "order": "次序不同", "amount": "金额不同", "timing": "用时",
    "empty": "空白", "cut_off": "不完整", "unreadable": "打不开", "swapped": "串户", "wrong": "内容有误",
    "moved": "错位",
}  # fmt: skip
WORDS = {
    "row": "整条记录", "there": "存在", "absent": "缺失", "once": "一份", "again": "多一份",
    "never asked for": "未申请", "refused": "已拒绝", "amount": "金额", "date": "日期", "text": "文字",
    "number": "号码", "empty": "空", "later": "偏后", "earlier": "偏前", "more": "偏多", "less": "偏少",
    "off by 0.01": "差 0.01", "other sign": "符号相反", "no amount": "不是金额", "cut off": "被截断",
    "longer": "变长", "damaged characters": "乱码", "other width": "全角半角不同",
    "other blanks": "空白不同", "other case": "大小写不同", "another text": "另一文字",
    "ok": "成功", "bool": "是否", "time": "用时", "slower": "偏慢", "order": "次序", "another": "另一",
    "(all)": "整份", "(pages)": "页数", "(size)": "纸张大小", "recorded": "所记",
    "rows": "列表", "object": "对象",
    "swapped": "他人的单据", "in place": "原位", "unreadable": "打不开",
    "another number": "另一号码", "another amount": "另一金额", "another date": "另一日期",
    "another time": "另一时刻", "error unreadable": "答复无法解读", "outcome": "结果",
}  # fmt: skip


def in_chinese_words(text: str) -> str:
    """`金额→10 倍` of `amount→10 times`; what is no word of ours stays."""
    return ARROW.join(_word(part) for part in text.split(ARROW))


def pair_in_chinese(pair: str, kind: str) -> str:
    """The same of a problem's pair; of types a number is no 号码."""
    words = in_chinese_words(pair)
    return words.replace("号码", "数值") if kind == "type" else words


def value_in_chinese(field: str, value: str) -> str:
    """A value of an example: an outcome, a list or an object is told by a word of ours; others stay."""
    return in_chinese_words(value) if field == "outcome" or value in ("rows", "object") else value


def field_in_chinese(field: str) -> str:
    """`应补退税额 ybtse`; a word of ours in Chinese; what has no name stays."""
    words = in_chinese_words(field)
    name = word_of(field) if words == field else ""
    return f"{name} {field}" if name else words


def _word(part: str) -> str:
    part = re.sub(r"^error (HTTP \d+)$", r"出错 \1", part)
    return WORDS.get(part) or re.sub(r"^rejected\b", "拒绝", re.sub(r"^(\d+) times$", r"\1 倍", part))
