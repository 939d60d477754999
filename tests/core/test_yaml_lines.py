"""YAML reading: every value knows its line, and every way to break a file ends in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.core import yaml_lines
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import load_yaml, parse_value, parse_yaml, spell


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_yaml(text, "x.yaml")
    assert caught.value.code == 2
    return str(caught.value)


def test_every_value_knows_its_line() -> None:
    file = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "x.yaml")
    assert file.data == {"a": 1, "b": ["x", {"c": 2, "d": 3}]}
    assert file.where(("a",)) == "x.yaml:1"
    assert file.where(("b", 1, "d")) == "x.yaml:5"
    assert file.where(("b", 1, "missing")) == "x.yaml:4"
    assert file.where(("b",), key=True) == "x.yaml:2"


def test_scalars_are_read_as_people_mean_them() -> None:
    text = "a: 08:30\nb: 2015-09-11\nc: 014301030000\nd: no\ne: true\nf: ~\ng: 1.5\nh: '5'\n"
    text += "i: 14301030000\non: x\n"
    assert parse_yaml(text, "x").data == {
        "a": "08:30",
        "b": "2015-09-11",
        "c": "014301030000",
        "d": "no",
        "e": True,
        "f": None,
        "g": 1.5,
        "h": "5",
        "i": 14301030000,
        "on": "x",
    }


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n\tb: 2\n", 2, "is indented with a tab; indent with spaces"),
        ("a:\n\t- 1\n", 2, "is indented with a tab"),
        ("a: 1\na: 2\n", 2, "a is given twice (first on line 1); keep one"),
        ("a:\n  b: 1\n  b: 2\n", 3, "a.b is given twice (first on line 2)"),
        ("a: b: c\n", 1, "has a second `key:` in one value"),
        ("a:\n    b: 1\n  c: 2\n", 3, "is indented differently"),
        ("a: [1, 2\nb: 3\n", 2, "close the bracket"),
        ('a: "open\n', 1, "close the quote"),
        ("a: {b: 1\n", 1, "close the bracket"),
        ("a: *x\n", 1, "uses an *alias that no &anchor defines"),
        ("*: [x]\n", 1, "which YAML keeps for itself; quote the text"),
        ("a: 1\n---\nb: 2\n", 2, "starts a second document"),
        ("a: !thing 5\n", 1, "has the tag !thing; tags are not used here"),
        ("a: !!python/object:os.system {}\n", 1, "tags are not used here"),
        ("a: {<<: {b: 1}}\n", 1, "<< merging is not supported"),
        ("{[a]: 1}\n", 1, "is not a key"),
        ("- a\n", 1, "must be a mapping"),
        ("word\n", 1, "must be a mapping"),
        ("a: @b\n", 1, "starts with a character that YAML keeps for itself"),
        ("a: \x00\n", 1, "holds the control character U+0000; remove it"),
        ("a: 1\nb: \x07\n", 2, "holds the control character U+0007"),
    ],
)
def test_a_broken_file_names_line_and_remedy(text: str, line: int, words: str) -> None:
    said = refusal(text)
    assert said.startswith(f"x.yaml:{line}: "), said
    assert words in said
    assert "\n" not in said


def test_empty_and_endless_files() -> None:
    assert refusal("# only a comment\n") == "x.yaml: is empty; start from one of the shipped files"
    assert "repeats itself through an alias" in refusal("a: &a [*a]\n")
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert "repeats itself through an alias" in refusal(bomb)
    assert "nested too deeply" in refusal("a: " + "[" * 5000 + "]" * 5000)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir.yaml").mkdir()
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: é\n".encode("latin-1"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (2 << 20))
    (tmp_path / "bom.yaml").write_bytes("\ufeffa: 税务\r\nb: 2\r\n".encode())
    said = {}
    for name in ("none", "dir", "latin", "large"):
        with pytest.raises(UsageError) as caught:
            load_yaml(Path(f"{name}.yaml"))
        said[name] = str(caught.value)
    assert said["none"] == "none.yaml: does not exist"
    assert said["dir"] == "dir.yaml: is a directory; name a .yaml file in it"
    assert said["latin"] == "latin.yaml:2: is not UTF-8; save the file as UTF-8"
    assert "at most 1048576 are read" in said["large"]
    assert load_yaml(Path("bom.yaml")).data == {"a": "税务", "b": 2}


@given(st.text(max_size=200))
def test_no_text_whatever_ends_in_a_traceback(text: str) -> None:
    try:
        assert isinstance(parse_yaml(text, "x.yaml").data, dict)
    except UsageError as error:
        assert str(error).startswith("x.yaml")


@given(st.text(alphabet="ab:-{}[]&*!|>'\" \n\t#,?%@`~0x", max_size=60))
def test_no_yaml_like_text_ends_in_a_traceback(text: str) -> None:
    try:
        assert isinstance(parse_yaml(text, "x.yaml").data, dict)
    except UsageError as error:
        assert str(error).startswith("x.yaml")


def test_values_of_set_are_yaml() -> None:
    assert parse_value("7") == 7
    assert parse_value("5s") == "5s"
    assert parse_value("[a, b]") == ["a", "b"]
    assert parse_value("error_rate < 1%") == "error_rate < 1%"
    assert parse_value("{unclosed") == "{unclosed"


def test_paths_are_spelt_as_they_are_written() -> None:
    assert spell(("load", "stages", 2, "hold")) == "load.stages[2].hold"
    assert spell(("thresholds", "*.submit", 0)) == 'thresholds."*.submit"[0]'


def test_a_file_of_too_many_values_is_told_where_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert yaml_lines.MAX_NODES == 50_000
    monkeypatch.setattr(yaml_lines, "MAX_NODES", 500)
    assert "x.yaml:499: has more than 500 keys and values" in refusal("a:\n" + "- 1\n" * 500)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("E012345", "E012345"),
        ("-e5", "-e5"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5e-3", -0.0015),
        (".", "."),
    ],
)
def test_a_number_has_digits_before_its_exponent(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}", "x").data == {"a": value}
