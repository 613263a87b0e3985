"""`flowcase open`: open a case."""

from __future__ import annotations

import click

from flowcase.cli.changed import tell_change
from flowcase.cli.desk import Desk, command
from flowcase.cli.given import data_options, read_given


@command(
    "open",
    database=True,
    acts=True,
    examples="""
    flowcase open mayor_line --party DG-0001 --as zhang -d kind=appeal -d addressee=mayor \\
        -d subject=扩建厂房用地 -d content=@appeal.txt
    flowcase open mayor_line --party DG-0001 --as zhang --data-file - --key 12345-0007 <appeal.json
    """,
)
@click.argument("workflow")
@click.option("--party", metavar="ID", help="Whose case it is.")
@data_options
@click.option("--key", metavar="KEY", help="The same key again returns the case it first led to.")
def open_(
    desk: Desk,
    workflow: str,
    party: str | None,
    pairs: tuple[str, ...],
    data_file: str | None,
    key: str | None,
) -> None:
    """Open a case of WORKFLOW, and print it."""
    actor = desk.actor()
    engine = desk.engine(create=True)
    data = read_given(engine.library.workflow(workflow), pairs, data_file)
    case = engine.open(workflow, actor=actor, party=party, data=data, key=key)
    tell_change(desk, engine, case)
