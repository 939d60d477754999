"""One of a thing is said as one, wherever a sentence has a count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from results.language.catalogue import say, say_sentence
from results.language.numbers import BETWEEN, NOUNS, agreed, singular
from results.report.html.page import environment

ROOT = Path(__file__).resolve().parents[2]
# Words in -s behind a value that is no count: verbs of whatever the value names, and nouns that stay.
OTHERS = frozenset({
    "alias", "allows", "always", "anonymous", "as", "asks", "begins", "belongs", "calls", "claims", "comes",
    "contains", "converts", "counts", "covers", "deliveries", "differs", "does", "drifts", "ends",
    "events", "exceeds", "exists", "fails", "follows", "gets", "gives", "goes", "has", "holds", "hosts",
    "http", "https", "is", "its", "keeps", "knows", "lacks", "lasts", "leads", "listeners", "leaves", "less",
    "makes", "matches", "means", "microseconds", "names", "needs", "occurs", "opens", "perhaps", "plus",
    "process", "reads", "rules", "sales", "says", "searches", "sends", "shows", "sides", "stands", "status",
    "switches", "takes", "tells", "this", "us", "was", "works", "writes", "xmlns", "yields",
})  # fmt: skip
COUNTED = re.compile(r"\} (?P<words>(?:[a-z-]+ ){0,2}?[a-z-]{2,}s)\b(?!\()")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 parts", "1 part"),
        ("1 problems are open", "1 problem is open"),
        ("3 problems of 1 runs: reported", "3 problems of 1 run: reported"),
        ("1 new problems in x, 1 distinct problems", "1 new problem in x, 1 distinct problem"),
        ("booked: 1 rows have no time", "booked: 1 row has no time"),
        ("1 processes; 1 entries; 1 addresses; 1 batches", "1 process; 1 entry; 1 address; 1 batch"),
        ("and 1 more units lag", "and 1 more unit lags"),
        ("(1 runs)", "(1 run)"),
        ("1 of them were solved once and came back", "1 of them was solved once and came back"),
        ("1 of them rest on a single try.", "1 of them rests on a single try."),
    ],
)  # fmt: skip
def test_one_is_one(text: str, said: str) -> None:
    assert agreed(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "11 parts", "1,001 parts", "0.1 requests", "1/1 runs", "21 rows", "-1 rows", "1 of 2 runs",
        "11 of them were", "0.1 of them were", "1 of themselves were",
        "line 1 rows", "step 1 requests", "sheet 1 rows", "'1 rows'", "/tmp/1 rows",
        "1 rows.csv", "1 rows-of-it", "1 rowsx", "2015-09-1 days", "v1 runs", "seed 1 runs",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert agreed(text) == text


def test_it_is_said_so_on_the_terminal_in_reasons_and_on_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENHAI_LANG", "en")
    assert say("1 problems are open") == "1 problem is open"
    assert say_sentence("the target said: 1 rows are bad") == "the target said: 1 rows are bad"
    page = environment().from_string('{% from "parts.j2" import t %}{{ t("1 rows < 2 rows", "1 行") }}')
    assert page.render() == '<span lang="en">1 row &lt; 2 rows</span><span lang="zh">1 行</span>'
    monkeypatch.setenv("RENHAI_LANG", "zh")
    assert say("1 problems are open") == "1 个问题未解决"


def sentences_with_counts() -> dict[str, str]:
    """The words behind a value up to the first in -s, and the file where they stand."""
    found = {}
    for file in (path for room in ("renhai", "results") for path in sorted((ROOT / room).rglob("*.py"))):
        if "reference" in file.parts:  # another system, which speaks for itself
            continue
        for line in file.read_text("utf-8").splitlines():
            if 'f"' in line or "f'" in line or "reasons" in file.parts:
                found |= {one["words"]: file.relative_to(ROOT).as_posix() for one in COUNTED.finditer(line)}
    return found


def test_every_noun_behind_a_count_is_known() -> None:
    found = sentences_with_counts()
    unknown = {
        words: place
        for words, place in found.items()
        if not {words.split()[-1]} <= NOUNS | OTHERS
        or (words.split()[-1] in NOUNS and not set(words.split()[:-1]) <= BETWEEN | SMALL)
    }
    assert len(found) > 100
    assert unknown == {}


SMALL = frozenset({
    "a", "and", "at", "both", "by", "each", "from", "gave", "in", "it", "of", "on", "only", "or", "other",
    "that", "the", "to", "under", "whose", "with",
})  # fmt: skip


def test_singulars() -> None:
    assert {singular(noun) for noun in NOUNS} >= {"address", "batch", "entry", "launch", "process", "switch"}
    assert not [one for one in map(singular, NOUNS) if one.endswith(("ss" * 2, "ie", "sse", "tche"))]
