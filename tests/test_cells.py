"""Cells: what a spreadsheet would compute is disarmed, and everything is read back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowcase.cells import csv_lines, safe


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_begins_a_formula_is_preceded_by_an_apostrophe(begin: str) -> None:
    assert safe(f"{begin}1+1") == f"'{begin}1+1"
    assert safe(f"1{begin}1") == f"1{begin}1", "the control: inside a text it is harmless"


def test_numbers_stay_numbers() -> None:
    assert [safe(each) for each in (-5, 0.25, True, None)] == ["-5", "0.25", "True", ""]


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=4), max_size=4)
)
def test_a_reader_finds_the_cells_that_were_written(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(rows))
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found == [[safe(cell) for cell in row] for row in rows]
