"""Reading a rules file: every mistake in it is found before a file of data is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from renhai.core.errors import Problem, UsageError
from renhai.core.validation import unknown, validate
from renhai.core.yaml_lines import YamlFile, load_yaml
from renhai.spec.cutover.migration.columns import SIDES
from renhai.spec.cutover.migration.rules import Batch, Rules


def load_rules(path: Path) -> tuple[Rules, YamlFile]:
    """The rules of a file. Raises UsageError with file, line, field, value and remedy of each mistake."""
    file = load_yaml(path)
    rules = validate(Rules, file)
    problems = [one for name, batch in rules.batches.items() for one in _names_given_twice(name, batch, file)]
    problems += _dangling(rules, file)
    if problems:
        raise UsageError(problems)
    return rules, file


def _dangling(rules: Rules, file: YamlFile) -> Iterator[Problem]:
    for name, batch in rules.batches.items():
        for column, reference in batch.references.items():
            to, _, referred = reference.rpartition(".")
            where = ("batches", name, "references", column)
            if to not in rules.batches:
                yield unknown(file, where, to, rules.batches, "batch")
                continue
            one, other = _type_of(batch, column), _type_of(rules.batches[to], referred)
            if one != other:
                why = (
                    f"is {reference}, of type {other}, and {column} here is of type {one}; give both one type"
                )
                yield Problem(file.where(where), f"batches.{name}.references.{column}", why)


def _type_of(batch: Batch, column: str) -> str:
    """How its values are read, as which they are held against those of another column."""
    return batch.columns[column].type if column in batch.columns else "text"


def _names_given_twice(name: str, batch: Batch, file: YamlFile) -> Iterator[Problem]:
    """One column of a file under two names would be compared once and believed twice."""
    for side in SIDES:
        seen: dict[str, str] = {}
        for key, column in batch.columns.items():
            written = getattr(column, side) or key
            if written in seen:
                where = ("batches", name, "columns", key)
                why = f"reads {written} of the {side} files, as {seen[written]} does; keep one of both"
                yield Problem(file.where(where, key=True), f"batches.{name}.columns.{key}", why)
            seen[written] = key
