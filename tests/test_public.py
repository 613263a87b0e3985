"""What is public is what is listed, and it can be had."""

import subprocess
import sys

import pytest

import flowcase
from flowcase import errors


def test_all_is_sorted_and_everything_in_it_can_be_had() -> None:
    assert list(flowcase.__all__) == sorted(flowcase.__all__)
    for name in flowcase.__all__:
        assert getattr(flowcase, name) is not None
    assert set(flowcase.__all__) <= set(dir(flowcase))


def test_nothing_else_is_there_by_accident() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = flowcase.Nothing


def test_importing_flowcase_loads_nothing_heavy() -> None:
    heavy = "sqlalchemy sqlmodel pydantic pendulum transitions psycopg alembic click rich"
    program = f"import flowcase, sys; print([m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_error_is_in_the_one_tree_drawn_in_its_docstring() -> None:
    tree = errors.__doc__ or ""
    for name in dir(errors):
        thing = getattr(errors, name)
        if isinstance(thing, type) and issubclass(thing, Exception) and name != "WithFindings":
            assert issubclass(thing, flowcase.FlowcaseError), name
            assert name in tree, name


def test_exit_codes_are_those_of_the_command_line() -> None:
    codes: dict[type[flowcase.FlowcaseError], int] = {
        flowcase.Refused: 3,
        flowcase.Conflict: 4,
        flowcase.NotFound: 5,
        flowcase.CaseNotFound: 5,
        flowcase.DocumentError: 6,
        flowcase.NotCovered: 7,
        flowcase.InvalidInput: 2,
    }
    assert {error: error.exit_code for error in codes} == codes
