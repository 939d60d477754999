"""Cases as a reader sees them: short runs, means that do not come out even, the table and the line."""

from __future__ import annotations

import pytest

from results.flow.summary import document
from results.report.case_flow import course_line
from results.report.terminal.cases import render_cases
from results.report.terminal.comparison import plain
from tests.results.flow.test_flow import Told


@pytest.mark.parametrize(("seconds", "mean"), [(0.5, 0.5), (1.0, 0.25), (2.0, 0.125)])
def test_a_run_of_half_a_second_has_a_mean_length_too(seconds: float, mean: float) -> None:
    """One waits from 0.125 to 0.375 s: a quarter of a second of each run."""
    told = Told().accept(0.125, "a").take(0.375, "a")
    assert document(told.flow(seconds), 1.0)["lists"]["head"]["length"]["mean"] == mean


def test_mean_lengths_have_four_digits() -> None:
    """The target says 1, 1, 2 at the takings; by the receipts 2, 2, 1 stood there."""
    told = Told().accept(0, "a").accept(1, "b").take(2, "a", length=1).accept(3, "c")
    told.take(4, "b", length=1).take(5, "c", length=2)
    assert document(told.flow(), 1.0)["lists"]["head"]["told"] == {
        "target": 1.3333, "receipts": 1.6667, "takings": 3
    }  # fmt: skip


@pytest.mark.parametrize(
    ("course", "line"),
    [
        ([], ""),
        ([3], "0.0,0.0"),
        ([0, 3], "0.0,32.0 240.0,0.0"),
        ([0, 2, 1, 0], "0.0,32.0 80.0,0.0 160.0,16.0 240.0,32.0"),
    ],
)
def test_the_line_of_a_list_goes_from_edge_to_edge(course: list[int], line: str) -> None:
    assert course_line(course) == line


def test_the_table_of_items_has_answers_only_where_somebody_fetched_one() -> None:
    """Accepted at 10 and closed at 40 of the run, which is four times faster than the bureau."""

    def table(told: Told) -> list[list[str]]:
        return [line.split() for line in plain(render_cases(document(told.flow(), 4.0))[0], 200).splitlines()]

    told = Told().accept(10, "a").take(15, "a").close(40, "a")
    row = ["move", "1", "1", "0", "0", *["2", "min", "00", "s"] * 3]
    assert row in table(told)
    assert not any("answer" in line for line in table(told))
    told.add(30, "export.feedback", "a")
    assert [*row, "1", "min", "20", "s"] in table(told)
    assert any(line[-2:] == ["answer", "p95"] for line in table(told))
