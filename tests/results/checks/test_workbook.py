"""A table of texts as an Excel file, as another library reads it."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from results.checks.workbook import MOST_OF_A_CELL, workbook


def read(rows: list[list[str]], title: str = "清单") -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(workbook(title, rows))).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    for row in sheet.iter_rows():
        assert {(cell.data_type, cell.number_format) for cell in row if cell.value is not None} <= {
            ("s", "@")
        }
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_every_cell_is_the_text_that_it_was() -> None:
    rows = [
        ["id", "金额", "a&b<c>\"d'"],
        ["00123", "911101010000000012345", "=1+1"],
        ["1e5", " 前后有空格 ", "2015-09-11"],
        ["一行\n两行", "a\rb", "TRUE"],
    ]
    assert read(rows) == rows


def test_empty_cells_and_what_no_xml_holds() -> None:
    assert read([["a", "", "c"], ["x\x00y\x1fz\ufffe\ud800", "", ""]]) == [
        ["a", None, "c"],
        ["x?y?z??", None, None],
    ]
    assert read([["a" * (MOST_OF_A_CELL + 5)]]) == [["a" * MOST_OF_A_CELL]]


def test_many_columns_and_rows_and_a_long_name() -> None:
    rows = [[f"{place}/{number}" for place in range(60)] for number in range(300)]
    assert read(rows, "甲:乙/丙" * 20) == rows
    assert workbook("t", rows) == workbook("t", rows)
