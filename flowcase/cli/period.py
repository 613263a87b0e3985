"""Periods: which cases a report or an export is of: a workflow's, filed in certain days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from flowcase.errors import InvalidInput

Function = Callable[..., None]


def period_options(function: Function) -> Function:
    """Give a command --workflow, --from and --until."""
    for option in (
        click.option("--until", metavar="DAY", help="Cases filed on this day or before."),
        click.option("--from", "since", metavar="DAY", help="Cases filed on this day or later."),
        click.option("--workflow", metavar="NAME", help="Cases of this workflow."),
    ):
        function = option(function)
    return function


def read_day(text: str | None) -> date | None:
    """Read a day that was typed; None if none was. Errors: InvalidInput."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"cannot read {text[:40]!r} as a day; write e.g. 2022-07-26") from None
