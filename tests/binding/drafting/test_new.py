"""`renhai binding new`: one target file, one scenario, and what to do next, in both languages."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from renhai.binding.drafting.draft import dump
from renhai.binding.drafting.notes import TEXTS, note
from renhai.cli.commands.binding import app
from renhai.core.errors import UsageError
from renhai.core.language import language
from renhai.core.yaml_lines import parse_yaml
from tests.binding.drafting.making import HUB, JSON, entry, filled_in, har, loaded

ODD = [
    "1e3", "0x1F", "012", "on", "no", "~", "<<", "1_000", ".5", "2015-09-11", "a: b", "- x", "a\nb\n",
    " a\n b", "\x85", "\ufeff",
]  # fmt: skip
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.text(max_size=20), st.sampled_from(ODD)
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def said(*arguments: Any) -> tuple[str, str]:
    """Standard output and standard error; raises what the command raises."""
    result = CliRunner().invoke(app, ["new", *map(str, arguments)], catch_exceptions=False)
    return result.stdout, result.stderr


def recording(folder: Path) -> Path:
    return har(
        folder,
        entry("POST", f"{HUB}/filings", '{"n": 1, "password": "x1y2z"}', JSON, {"pzxh": "P-778899"}),
        entry(url=f"{HUB}/filings/P-778899?p=1"),
        entry(url=f"{HUB}/filings/P-778899?p=2"),
        entry(url="http://other.example/x"),
    )


def test_two_files_are_written_and_the_next_steps_said(tmp_path: Path) -> None:
    out = tmp_path / "city.yaml"
    printed, about = said("--from-har", recording(tmp_path), "--out", out)
    scenario = tmp_path / "city_scenario.yaml"
    assert printed.split() == [str(out), str(scenario)]
    text = out.read_text(encoding="utf-8")
    lines = about.splitlines()
    assert "http://other.example: 1 request, left out; draft them with --origin http://other.example" in lines
    asked = text.count("FILL IN") - 1  # the first line speaks of them
    fill = f"Fill in {out}: environment, url, hosts; success; what is marked FILL IN ({asked} places)."
    assert lines[-3:] == [
        fill,
        f"Then: renhai binding check {out} --scenario {scenario} --target URL",
        f"After it: renhai check {scenario}, renhai run {scenario}",
    ]
    journey = (
        scenario.read_text(encoding="utf-8").partition("journeys:\n  recording.recorded:\n")[2].splitlines()
    )
    assert journey[:7] == [
        "    - filings.post",
        "    - send: filings.get",
        "      fields:",
        "        p: '1'",
        "    - send: filings.get",
        "      fields:",
        "        p: '2'",
    ]
    with pytest.raises(UsageError, match="exists already"):
        said("--from-har", recording(tmp_path), "--out", out)
    assert out.read_text(encoding="utf-8") == text


def test_what_is_printed_is_one_target_file(tmp_path: Path) -> None:
    printed, about = said("--from-har", recording(tmp_path))
    assert "# A scenario to begin with" in printed
    assert "Then: renhai binding check THIS_FILE --target URL" in about.splitlines()
    assert list(loaded(tmp_path, printed).operations) == ["filings.post", "filings.get"]


def test_a_scenario_that_is_there_already_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "city_scenario.yaml").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        said("--from-har", recording(tmp_path), "--out", tmp_path / "city.yaml")
    assert not (tmp_path / "city.yaml").exists()


def test_it_takes_one_source(tmp_path: Path) -> None:
    source = recording(tmp_path)
    with pytest.raises(
        UsageError, match="takes exactly one of --from-openapi FILE, --from-har FILE, --from-wsdl FILE"
    ):
        said()
    with pytest.raises(UsageError, match="takes exactly one of"):
        said("--from-har", source, "--from-openapi", source)
    with pytest.raises(UsageError, match="--origin is for --from-har and --from-postman alone"):
        said("--from-openapi", source, "--origin", "http://x")


def test_comments_and_advice_are_chinese_for_whom_speaks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    out = tmp_path / "city.yaml"
    _, about = said("--from-har", recording(tmp_path), "--out", out)
    text = out.read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    plain = [line for line in comments if line.isascii() and "renhai binding check" not in line]
    assert plain == []
    assert all(not line.isascii() for line in about.splitlines())
    loaded(tmp_path, text)


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN", "RENHAI_LANG": "en"}, "en"),
        ({"LANG": "", "RENHAI_LANG": ""}, "en"),
    ],
)
def test_the_language_is_the_persons(environ: dict[str, str], spoken: str) -> None:
    assert language(environ) == spoken


def test_every_note_has_both_languages_and_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for code, (english, chinese) in TEXTS.items():
        assert values(english) == values(chinese), code
        assert english.isascii() or "×" in english, code
        assert not chinese.isascii(), code
        for mark in ("FILL IN", "LOST"):
            assert english.count(mark) == chinese.count(mark), code


def test_a_note_is_one_line_whatever_it_names() -> None:
    text = note("optional", names=["a\nb", "c\x00\u2028d", *map(str, range(20))]).text()
    assert text == "LOST: optional parameters: a b, c d, 0, 1, 2, 3, 4, 5, ... (22)"


@given(TREE)
def test_what_is_written_is_read_back_the_same(tree: Any) -> None:
    text = dump({"x": tree})
    try:
        found = parse_yaml(text, "x").data
    except UsageError as wrong:  # `<<` and a key twice are refused by the loader
        assert "<<" in str(wrong)
        return
    assert found == {"x": tree}


def test_filling_in_is_what_a_person_does() -> None:
    assert "success:\n  success: any\n  status: [200]" in filled_in("success:\n  status: [200]\n")
