"""What is left to be sent after a stop, and what is known of what was."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.load.replay.__main__ import left
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.selection import Selection
from renhai.spec.cutover.journal.translation import Untranslatable, Words
from tests.checks.replay.test_gather import OK, journal, record


@pytest.mark.parametrize("answers", [{"1": OK}, {}])
def test_a_taxpayer_who_would_be_another_there_is_found_after_a_stop_too(
    tmp_path: Path, answers: dict[str, object]
) -> None:
    """Else what is his would be entered for the one who was entered before it."""
    rules = Rules.model_validate({"new": {"translate": {"djxh": {"take": "101.(.{3})"}}}})
    file = journal(tmp_path, {"fields": {"djxh": "1011777"}}, {"fields": {"djxh": "1012777"}})
    words = Words(rules, "new")
    done = record(answers=answers, sent={"1"})
    (one,) = left(file, Selection(rules, "new", file), done, words)
    assert one.id == "2"
    with pytest.raises(Untranslatable, match="is 777 there, as 1011777 is"):
        words.outward(one.fields)
