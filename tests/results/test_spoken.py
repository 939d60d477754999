"""In which language one is spoken to, and how far into a sentence its Chinese goes."""

from __future__ import annotations

import pytest

from results.language import asked
from results.language.catalogue import in_chinese
from results.report.terminal.migration import problem_said
from results.verdict.reasons.goals import Drifting, DriftUntold


@pytest.mark.parametrize(
    ("variable", "locale", "wanted"),
    [("zh_CN.UTF-8", "C", "zh"), ("en", "zh_CN.UTF-8", "en"), ("", "zh_CN.UTF-8", None), (None, "zh", None)],
)
def test_only_the_variable_of_renhai_chooses_the_language_of_a_page(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, locale: str, wanted: str | None
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    if variable is None:
        monkeypatch.delenv("RENHAI_LANG", raising=False)
    else:
        monkeypatch.setenv("RENHAI_LANG", variable)
    assert asked() == wanted


def test_a_row_of_sentences_is_translated_only_so_deep() -> None:
    """Each part is looked up twice, so what a target sent may not decide how deep that goes."""
    one, said = "of the file", "文件中的列"
    assert in_chinese("; ".join([one] * 3)) == "；".join([said] * 3)
    assert in_chinese("; ".join([one] * 6)) == "；".join([said, said, said, f"{one}; {one}; {one}"])


def test_a_reason_that_a_sentence_quotes_is_chinese_as_well() -> None:
    quoted = DriftUntold(quantity=Drifting.p50, low="-35.5", high="+38.2", limit="20.0")
    told = (
        f"its evidence no longer holds: run.json: verdict; is pass, but its evidence says fail: {quoted.en}"
    )
    chinese = quoted.zh.replace(Drifting.p50.value[1], "p50")
    assert in_chinese(told) == f"证据已不再成立：run.json: verdict；为 pass，而证据说是 fail：{chinese}"


def test_a_short_template_does_not_take_a_foreign_sentence() -> None:
    """`{} lost` is ours, and `a bag that nobody found was lost` is not."""
    assert in_chinese("3 lost") == "丢失 3 个"
    assert in_chinese("a bag that nobody found was lost") == "a bag that nobody found was lost"


@pytest.mark.parametrize(
    ("spoken", "said"),
    [("en", "taxpayer.csv: has no column nsrmc"), ("zh", "taxpayer.csv: 没有列 nsrmc")],
)
def test_a_problem_is_told_in_the_language_of_the_reader(
    monkeypatch: pytest.MonkeyPatch, spoken: str, said: str
) -> None:
    monkeypatch.setenv("RENHAI_LANG", spoken)
    assert problem_said("taxpayer.csv: has no column nsrmc") == said
