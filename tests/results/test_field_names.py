"""Ids of fields have their Chinese names beside them, where these are known and but one."""

from __future__ import annotations

from collections import Counter

import pytest

from results.checks.ledger.model import Ledger
from results.checks.ledger.pair_words import WORDS, field_in_chinese
from results.checks.ledger.standing import standing
from results.language.tax_words import ABBREVIATIONS, word_of
from results.report.html.checks.ledger import render_ledger
from results.report.html.checks.replay import render_replay
from tests.results.report.test_ledger_page import problem, text_of
from tests.results.report.test_replay_page import DAY


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("ybtse", "应补退税额 ybtse"),
        ("items[].ybtse", "应补退税额 items[].ybtse"),
        ("zb/0/ynse", "应纳税额 zb/0/ynse"),
        ("zsxmDm", "征收项目代码 zsxmDm"),
        ("nsrsbh", "纳税人识别号 nsrsbh"),
        ("nsrzt_dm", "纳税人状态代码 nsrzt_dm"),  # the code of what has a name
        ("zgswjgDm", "主管税务机关代码 zgswjgDm"),
        ("qsDm", "qsDm"),  # of 欠税 or 契税
        ("dm", "代码 dm"),
        ("shxydm", "统一社会信用代码 shxydm"),  # 社会信用代码 is a part of it
        ("qs", "qs"),  # 欠税 or 契税
        ("sl", "sl"),  # 数量 or 受理
        ("", ""),
        ("[]", "[]"),
        ("nothing_known", "nothing_known"),
        ("纳税人名称", "纳税人名称"),
        ("(all)", "整份"),  # a word of ours goes first
    ],
)
def test_a_field_in_chinese(field: str, told: str) -> None:
    assert field_in_chinese(field) == told


def test_a_name_is_always_one_of_the_table_and_never_a_guess_between_two() -> None:
    shorts = Counter(ABBREVIATIONS.values())
    for word, short in ABBREVIATIONS.items():
        if shorts[short] == 1:
            assert word_of(short) == word
        else:
            others = [one for one, name in ABBREVIATIONS.items() if name == short]
            found = word_of(short)
            assert found == "" or all(one in found for one in others)


def test_no_word_of_ours_is_taken_for_a_field() -> None:
    assert {word for word in WORDS if word_of(word)} == set()


def test_the_page_of_the_ledger_has_them_in_chinese_alone() -> None:
    ledger = Ledger(problems=[problem(1, field="ybtse")])
    page = render_ledger(ledger, standing(ledger))
    assert "应补退税额 ybtse" in text_of(page, "zh")
    assert "应补退税额" not in text_of(page, "en")


def test_the_page_of_a_day_has_them_in_chinese_alone() -> None:
    page = render_replay(DAY, Ledger())
    assert "declaration.submit ybtse amount" in text_of(page, "en")
    assert "declaration.submit 应补退税额 ybtse 金额不同" in text_of(page, "zh")
