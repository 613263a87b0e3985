"""`flowcase fire`: fire a trigger on a case."""

from __future__ import annotations

import click

from flowcase.cli.changed import tell_change
from flowcase.cli.desk import Desk, command
from flowcase.cli.given import data_options, read_given
from flowcase.cli.looking import workflow_of


@command(
    "fire",
    database=True,
    acts=True,
    examples="""
    flowcase fire CASE coordinate --as ma -d coordinator=li -d section=section-2 \\
        -d complexity=general -d sector=land
    flowcase fire CASE report --as wang -d result=@result.txt
    flowcase fire CASE rate --as zhang -d rating=5 --key rated-once
    """,
)
@click.argument("case_id", metavar="CASE")
@click.argument("trigger")
@data_options
@click.option("--key", metavar="KEY", help="The same key again returns the first result.")
def fire(
    desk: Desk,
    case_id: str,
    trigger: str,
    pairs: tuple[str, ...],
    data_file: str | None,
    key: str | None,
) -> None:
    """Fire TRIGGER on CASE, and print the case as it is then."""
    engine = desk.engine()
    before = engine.case(case_id)
    data = read_given(workflow_of(engine, before.document), pairs, data_file, trigger)
    case = engine.fire(case_id, trigger, desk.actor(), data, key=key)
    tell_change(desk, engine, case, before)
