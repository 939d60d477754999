"""The tool that plants mistakes: each is one change, the sample is fair, and what it says of a mutant is
so."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from pathlib import Path

import pytest

from tools.mutation.covering import NOTE, Covering, instrumented
from tools.mutation.journal import Journal, Record
from tools.mutation.operators import Mutant, mutants_of, mutated, mutations
from tools.mutation.places import Place, Span
from tools.mutation.planting import Functions
from tools.mutation.sample import HOME, all_mutants, by_hand, sample

SOURCE = '''
LIMIT = 0.01
class Bounds:
    """A docstring of 3 words."""
    seconds: float = 2.0
def f(x: int = 5) -> bool:
    if x > LIMIT and not x == 3:
        return x + 1 < 7
    return True
'''


def mutants(folder: Path, source: str = SOURCE) -> list[Mutant]:
    path = folder / "a.py"
    path.write_text(source)
    return mutants_of(path, folder)


def test_every_mutant_of_a_source_is_one_change_that_compiles(tmp_path: Path) -> None:
    found = mutants(tmp_path)
    assert sorted(mutant.what for mutant in found) == sorted(
        [
            "0.01 -> 0.015", "2 -> 3", "5 -> 6", "condition negated", "And -> Or", "Gt -> GtE", "Eq -> NotEq",
            "3 -> 4", "returns None", "Lt -> LtE", "Add -> Sub", "1 -> 2", "7 -> 8", "returns None",
            "True -> False",
        ]
    )  # fmt: skip
    texts = [ast.unparse(mutated(SOURCE, mutant.number)) for mutant in found]
    plain = ast.unparse(ast.parse(SOURCE))
    assert len(set(texts)) == len(texts)
    for text in texts:
        compile(text, "a.py", "exec")
        changed = [
            pair for pair in zip(plain.splitlines(), text.splitlines(), strict=True) if len(set(pair)) > 1
        ]
        assert len(changed) == 1
    assert len(list(mutations(ast.parse(SOURCE)))) == len(found)


def test_a_mutant_is_called_by_where_it_stands(tmp_path: Path) -> None:
    found = {mutant.what: mutant for mutant in mutants(tmp_path)}
    assert found["0.01 -> 0.015"].key == "a.py LIMIT 0.01 -> 0.015 #1"
    assert found["2 -> 3"].place.names == ("Bounds", "seconds")
    assert (found["5 -> 6"].place.body, found["7 -> 8"].place.body) == (False, True)
    assert found["7 -> 8"].place.inside == Span("f", 6, 9)
    assert {m.which for m in mutants(tmp_path) if m.what == "returns None"} == {1, 2}
    moved = {mutant.key for mutant in mutants(tmp_path, "\n\n" + SOURCE)}
    assert moved == {mutant.key for mutant in mutants(tmp_path)}


@pytest.fixture(scope="module")
def everything() -> list[Mutant]:
    """Every mutant of every source, which takes seconds."""
    return all_mutants()


def test_the_sample_is_the_same_each_time_and_begins_alike(everything: list[Mutant]) -> None:
    assert len(everything) > 3000
    assert len({mutant.key for mutant in everything}) == len(everything)
    assert sample(7, 50, everything) == sample(7, 50, everything)
    assert sample(7, 50, everything)[:20] == sample(7, 20, everything)
    assert sample(7, 50, everything) != sample(8, 50, everything)


def test_every_file_is_in_the_sample_in_proportion_to_its_mutants(everything: list[Mutant]) -> None:
    whole = Counter(mutant.file for mutant in everything)
    drawn = Counter(mutant.file for mutant in sample(7, 440, everything))
    for file, count in whole.items():
        assert abs(drawn[file] - 440 * count / len(everything)) <= 2, file


def test_another_function_in_a_file_draws_no_others_elsewhere(tmp_path: Path) -> None:
    def of(name: str, source: str) -> list[Mutant]:
        (tmp_path / name).write_text(source)
        return mutants_of(tmp_path / name, tmp_path)

    body = "\n".join(f"def f{n}(x):\n    return x + {n}" for n in range(40))
    other = of("b.py", body)
    before = [m.key for m in sample(7, 30, [*of("a.py", body), *other]) if m.file == "b.py"]
    after = [m.key for m in sample(7, 30, [*of("a.py", body + "\ndef g():\n    return 9"), *other])]
    assert len(set(before) - set(after)) <= 1


@pytest.mark.parametrize(("file", "code", "other"), by_hand())
def test_a_mistake_by_hand_has_its_place(file: str, code: str, other: str) -> None:
    source = (HOME / file).read_text(encoding="utf-8")
    assert source.count(code) == 1
    assert code != other
    ast.parse(source.replace(code, other))


def test_the_lines_that_run_are_those_that_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    tree, lines = instrumented(
        SOURCE + "def g():\n    for n in (1, 2):\n        if n > 5:\n            n = 3\n"
    )
    seen: set[int] = set()
    monkeypatch.setattr(builtins, NOTE, seen.add, raising=False)
    names: dict[str, object] = {}
    exec(compile(tree, "a.py", "exec"), names)
    assert seen == set()

    def ran(call: str) -> set[int]:
        seen.clear()
        exec(call, names)
        return {line for number in seen for line in lines[number]}

    assert ran("f(5)") == {7, 8}
    assert ran("f(3)") == {7, 9}
    assert ran("g()") == {11, 12}
    assert names["f"](5) is True  # type: ignore[operator]


def test_a_change_is_put_into_functions_that_exist(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE)
    names: dict[str, object] = {}
    exec(compile(SOURCE, str(path), "exec"), names)
    f = names["f"]
    assert callable(f)
    functions = Functions(tmp_path, ["a.py"])
    number = next(m.number for m in mutants(tmp_path) if m.what == "7 -> 8")
    assert f(6) is False
    assert functions.plant("a.py", mutated(SOURCE, number)) == 1
    assert f(6) is True
    assert functions.plant("a.py", mutated(SOURCE, number)) == 0


def test_a_mutant_meets_the_tests_of_its_line_first_and_the_quickest_of_them(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("LIMIT\n")
    said = {
        "lines": {
            "t.py::slow": {"a.py": [7, 8]},
            "t.py::quick": {"a.py": [7, 9]},
            "t.py::elsewhere": {"b.py": [1]},
            "fixture shared": {"a.py": [7, 8]},
        },
        "seconds": {"t.py::slow": 2.0, "t.py::quick": 1.0, "t.py::elsewhere": 0.1, "t.py::shares": 5.0},
        "shared": {"t.py::slow": [], "t.py::quick": [], "t.py::elsewhere": [], "t.py::shares": ["shared"]},
        "failed": [],
    }
    found = {mutant.what: mutant for mutant in mutants(tmp_path)}
    covering = Covering(tmp_path, ["a.py"], said)
    assert covering.tests(found["7 -> 8"]) == ["t.py::slow", "t.py::shares", "t.py::quick"]
    assert set(covering.tests(found["0.01 -> 0.015"])) == {"t.py::slow", "t.py::quick", "t.py::shares"}
    assert not covering.at_import("a.py", Span("f", 6, 9))


def test_what_was_tried_in_another_state_is_not_taken_for_the_present_one(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    Journal(path, "then").add(Record("a", 1, "survived", "", 0.1, 3))
    now = Journal(path, "now")
    assert (now.known, now.survivors()) == ({}, ["a"])
    now.add(Record("a", 1, "killed", "t", 0.1, 3))
    now.spent("mutants", 60.0)
    now.spent("mutants", 30.0)
    again = Journal(path, "now")
    assert (again.known["a"].how, again.survivors(), again.seconds) == ("killed", [], {"mutants": 90.0})
    assert Place().owner == "<module>"
