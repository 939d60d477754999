"""The journal's words in a system's, and back: nothing is guessed, and no two values become one unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.core.errors import UsageError
from renhai.reference.dialects.ctais_codes import CODES
from renhai.spec.cutover.journal.rules import Rules, load_rules
from renhai.spec.cutover.journal.translation import OWN, Untranslatable, Words

SCENARIOS = Path(__file__).parents[3] / "scenarios"
RULES = Rules.model_validate(
    {
        "tables": {"authority": {"14301020000": "43001"}, "codes": {"GD201": "E17"}},
        "old": {
            "translate": {"zgswjDm": {"table": "authority"}, "djxh": {"take": "10114(.{15})"}},
            "codes": "codes",
        },
    }
)
DJXH = "10114301020000000003"


def test_codes_and_short_ids_go_out_and_come_back_at_any_depth() -> None:
    words = Words(RULES, "old")
    sent = words.outward({"djxh": DJXH, "kinds": [{"zgswjDm": "14301020000"}], "n": 1})
    assert sent == {"djxh": "301020000000003", "kinds": [{"zgswjDm": "43001"}], "n": 1}
    assert words.inward(sent) == {"djxh": DJXH, "kinds": [{"zgswjDm": "14301020000"}], "n": 1}
    assert words.code("E17") == "GD201"
    assert words.inward({"djxh": "999", "zgswjDm": "43009"}) == {
        "djxh": "999",
        "zgswjDm": "43009 (not in the table authority)",
    }
    assert Words(RULES, "new").outward({"djxh": DJXH}) == {"djxh": DJXH}


def test_a_code_that_the_table_lacks_and_two_ids_that_become_one_are_refused() -> None:
    words = Words(RULES, "old")
    with pytest.raises(Untranslatable, match="not in the table authority"):
        words.outward({"zgswjDm": "14301990000"})
    words.outward({"djxh": DJXH})
    with pytest.raises(Untranslatable, match=f"as {DJXH} is"):
        words.outward({"djxh": "301020000000003"})


def test_each_system_is_told_the_id_that_it_gave_itself() -> None:
    words = Words(RULES, "new")
    words.issue({"pzxh": "J1"})
    with pytest.raises(Untranslatable, match="issued none"):
        words.outward({"items": [{"pzxh": "J1"}]})
    words.learn({"pzxh": "J1"}, {"pzxh": "N9"})
    assert words.outward({"items": [{"pzxh": "J1"}]}) == {"items": [{"pzxh": "N9"}]}
    assert words.inward({"pzxh": "N9"}) == {"pzxh": "J1"}
    assert words.inward({"pzxh": "N8"}) == {"pzxh": OWN}
    words.learn({"pzxh": "J1"}, {"pzxh": "N10"})
    assert words.outward({"pzxh": "J1"}) == {"pzxh": "N9"}, "an id is learned once"
    assert words.outward({"pzxh": "of another day"}) == {"pzxh": "of another day"}


def test_an_id_is_turned_wherever_it_stands_if_it_is_long_enough_to_be_one() -> None:
    words = Words(RULES, "new")
    words.learn(
        {"pzxh": "10014301020000000001", "serial": "12"}, {"pzxh": "10014301020000000009", "serial": "34"}
    )
    assert words.outward({"dm": "10014301020000000001"}) == {"dm": "10014301020000000009"}
    assert words.inward({"dm": "10014301020000000009"}) == {"dm": "10014301020000000001"}
    assert words.inward({"dm": "34"}) == {"dm": "34"}


@pytest.mark.parametrize("name", ["changsha", "directed"])
def test_the_shipped_rules_have_the_code_lists_of_the_old_system(name: str) -> None:
    rules = load_rules(SCENARIOS / "replay" / f"{name}.yaml")
    said = {field: rules.tables[one.table] for field, one in rules.old.translate.items() if one.table}
    assert said.keys() == CODES.keys()
    for field, table in said.items():
        assert table.items() <= CODES[field].items()
        if table is not rules.tables["offices"]:  # of these, the pilots alone
            assert table == CODES[field]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("old: {translate: {djxh: {}}}", "old.translate.djxh must say table or take"),
        ("old: {translate: {djxh: {take: '.*'}}}", "one group"),
        ("old: {translate: {djxh: {table: nix}}}", "nix"),
        ("tables: {t: {a: x, b: x}}", "tables.t.b is x, as of a"),
        ("compare: {ignore: [{field: a}]}", "reason"),
        ("compare: {ignore: [{field: '*', reason: all of it}]}", "ignores every difference of every"),
        ("compare: {amounts: [ybtse, '*']}", "has every field for an amount, so that codes 01 and 1 are one"),
        ("compare: {ignore: [{operation: '**', field: '*?*', reason: all}]}", "ignores every difference"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_their_line(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text + "\n", "utf-8")
    with pytest.raises(UsageError) as refused:
        load_rules(path)
    assert f"{path}:1: " in str(refused.value)
    assert wrong in str(refused.value)


def test_an_answer_in_the_journal_s_words_is_no_answer_in_the_system_s() -> None:
    """Where a table says that the system has another code, one that was carried over as it was is found."""
    words = Words(RULES, "old")
    answer = {"zgswjDm": "14301020000", "djxh": DJXH}
    assert words.inward(answer) == {
        "zgswjDm": "14301020000 (not in its own words)",
        "djxh": f"{DJXH} (not in its own words)",
    }
    assert words.code("GD201") == "GD201 (not in its own words)"
    assert (words.code("E99"), words.code("")) == ("E99 (not in the table codes)", "")
    assert Words(RULES, "new").code("GD201") == "GD201"
    assert Words(RULES, "new").inward(answer) == answer  # which speaks as the journal does


def test_a_code_that_both_have_alike_is_itself() -> None:
    rules = Rules.model_validate(
        {"tables": {"t": {"1": "1", "2": "3"}}, "new": {"translate": {"zt": {"table": "t"}}}}
    )
    words = Words(rules, "new")
    assert [words.inward({"zt": code})["zt"] for code in "134"] == ["1", "2", "4 (not in the table t)"]
    assert words.inward({"zt": "2"}) == {"zt": "2 (not in its own words)"}


def rows(**ids: Any) -> list[dict[str, Any]]:
    """Of two dues; ids: of each."""
    return [{"pzxh": number, "je": je} for number, je in ids.items()]


@pytest.mark.parametrize(
    ("answered", "named"),
    [
        (rows(N2=2, N1=1, N3=3), ["N1", "N2", "N3"]),  # in another order
        (rows(N0=0, N1=1, N2=2, N3=3), ["N1", "N2", "N3"]),  # one too many, in front
        (rows(N2=2, N3=3), ["", "N2", "N3"]),  # the first is missing
        (rows(N1=1, N2=2.5, N3=3), ["N1", "N2", "N3"]),  # one amount is another
        (rows(N1=9, N2=8, N3=7), ["N1", "N2", "N3"]),  # all are: in turn
        (rows(N2=2.5, N3=3.5), ["", "", ""]),  # two of three, and nothing says which
    ],
)
def test_an_id_is_learned_from_the_row_that_says_the_same_and_not_from_the_one_in_its_place(
    answered: list[dict[str, Any]], named: list[str]
) -> None:
    """A payment goes by it: of the due beside it, it would be another taxpayer's money or another month's."""
    words, recorded = Words(RULES, "new"), {"items": rows(J1=1, J2=2, J3=3)}
    words.issue(recorded)
    words.learn(recorded, {"items": answered})
    assert [_named(words, number) for number in ("J1", "J2", "J3")] == named


def _named(words: Words, number: str) -> str:
    try:
        return str(words.outward({"pzxh": number})["pzxh"])
    except Untranslatable:
        return ""


def test_rows_that_are_known_are_a_help_and_rows_that_say_nothing_are_none() -> None:
    words = Words(RULES, "new")
    words.learn({"pzxh": "J1"}, {"pzxh": "N1"})
    recorded = {"items": [{"pzxh": "J1", "serial": "S1"}, {"pzxh": "J2", "serial": "S2"}]}
    words.learn(recorded, {"items": [{"pzxh": "N2", "serial": "T2"}, {"pzxh": "N1", "serial": "T1"}]})
    assert words.outward({"serial": "S1"}) == {"serial": "T1"}
    assert words.outward({"serial": "S2", "pzxh": "J2"}) == {"serial": "T2", "pzxh": "N2"}
    other = Words(RULES, "new")
    other.issue({"pzxh": ["J7", "J8"]})
    other.learn({"pzxh": ["J7", "J8"]}, {"pzxh": ["N8"]})
    assert [_named(other, number) for number in ("J7", "J8")] == ["", ""]


def test_rows_are_held_against_each_other_in_the_journal_s_words() -> None:
    words = Words(RULES, "old")
    one = [{"pzxh": "J1", "zgswjDm": "14301020000"}, {"pzxh": "J2", "zgswjDm": "14301030000"}]
    other = [{"pzxh": "N2", "zgswjDm": "43002"}, {"pzxh": "N1", "zgswjDm": "43001"}]
    words.learn({"items": one}, {"items": other})
    assert [_named(words, number) for number in ("J1", "J2")] == ["N1", "N2"]


def test_a_code_that_no_table_has_is_not_the_same_text_of_the_other_side() -> None:
    """`77` of the old system's list need not be what the new one calls so."""
    old, new = Words(RULES, "old"), Words(RULES, "new")
    said = {"zgswjDm": "77"}
    assert old.inward(said) != new.inward(said)


def test_a_secret_that_the_journal_does_not_keep_is_never_sent_as_stars() -> None:
    """Both systems would refuse it alike, and agree."""
    words = Words(RULES, "new")
    with pytest.raises(Untranslatable, match=r"dlmm .* is a secret, which a journal does not keep"):
        words.outward({"djxh": DJXH, "login": {"dlmm": "***"}})
    assert words.outward({"nsrmc": "***"}) == {"nsrmc": "***"}


def test_ids_and_codes_may_be_numbers() -> None:
    """Of a Java system ids are often numbers: sent as they are, they would name somebody else's."""
    words = Words(RULES, "old")
    words.issue({"pzxh": 7})
    with pytest.raises(Untranslatable, match="issued none"):
        words.outward({"pzxh": 7})
    words.learn(
        {"pzxh": 7, "items": [{"pzxh": 8, "je": 1}]}, {"pzxh": 91, "items": [{"pzxh": "B2", "je": 1}]}
    )
    assert words.outward({"pzxh": 7, "more": [{"pzxh": "7"}, {"pzxh": 8}]}) == {
        "pzxh": 91,
        "more": [{"pzxh": "91"}, {"pzxh": "B2"}],
    }
    assert words.inward({"pzxh": 91}) == {"pzxh": 7}
    assert words.inward({"pzxh": "91"}) == {"pzxh": "7"}, "a text is no number"
    assert words.inward({"pzxh": 92}) == {"pzxh": OWN}
    assert words.outward({"zgswjDm": 14301020000, "n": 7, "b": True, "z": 0}) == {
        "zgswjDm": 43001,
        "n": 7,
        "b": True,
        "z": 0,
    }
    assert words.outward({"djxh": int(DJXH)}) == {"djxh": 301020000000003}
    assert words.inward({"djxh": 301020000000003, "zgswjDm": 43001}) == {
        "djxh": int(DJXH),
        "zgswjDm": 14301020000,
    }
    assert words.inward({"zgswjDm": 77}) == {"zgswjDm": "77 (not in the table authority)"}
    with pytest.raises(Untranslatable, match="not in the table authority"):
        words.outward({"zgswjDm": 14301990000})
    zeros = Rules.model_validate(
        {"tables": {"t": {"10101": "01"}}, "new": {"translate": {"zsxmDm": {"table": "t"}}}}
    )
    assert Words(zeros, "new").outward({"zsxmDm": 10101}) == {"zsxmDm": "01"}, "no digit is lost"


def test_a_number_that_lost_its_last_digits_is_not_sent() -> None:
    words = Words(RULES, "new")
    with pytest.raises(Untranslatable, match="has more digits than a journal keeps"):
        words.outward({"items": [{"pzhm": 40214301210000000003.0}]})
    assert words.outward({"je": 12.5, "n": 10**17}) == {"je": 12.5, "n": 10**17}
