"""The tool that plants mistakes: each is one change, the sample is the same each time, none is stale."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutation.__main__ import HOME, TESTS, all_mutants, by_hand, near_tests, sample
from tools.mutation.operators import mutants_of, mutated, mutations

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


def test_every_mutant_of_a_source_is_one_change_that_compiles(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE)
    found = mutants_of(path, tmp_path)
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


def test_the_sample_is_the_same_each_time_and_begins_alike() -> None:
    assert sample(7, 50) == sample(7, 50)
    assert sample(7, 50)[:20] == sample(7, 20)
    assert sample(7, 50) != sample(8, 50)
    assert len(all_mutants()) > 3000


@pytest.mark.parametrize(("file", "code", "other"), by_hand())
def test_a_mistake_by_hand_has_its_place(file: str, code: str, other: str) -> None:
    source = (HOME / file).read_text(encoding="utf-8")
    assert source.count(code) == 1
    assert code != other
    ast.parse(source.replace(code, other))


def test_every_source_has_tests_that_are_there() -> None:
    for file in {mutant.file for mutant in all_mutants()}:
        assert all((HOME / test).exists() for test in near_tests(file)), file
    assert all((HOME / room).exists() for room in TESTS)
