"""`flowcase may`: whether somebody may fire a trigger, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterator

import click

from flowcase.case import Verdict
from flowcase.cli.desk import Desk, command
from flowcase.cli.failures import reason_shape
from flowcase.cli.given import data_options, read_given
from flowcase.cli.looking import workflow_of
from flowcase.errors import Refused


@command(
    "may",
    database=True,
    acts=True,
    examples="""
    flowcase may CASE close --as li
    flowcase may CASE rate --as zhang -d rating=1 --json
    """,
)
@click.argument("case_id", metavar="CASE")
@click.argument("trigger")
@data_options
@click.pass_context
def may(
    context: click.Context,
    desk: Desk,
    case_id: str,
    trigger: str,
    pairs: tuple[str, ...],
    data_file: str | None,
) -> None:
    """Answer whether somebody may fire TRIGGER on CASE now; nothing is changed.

    Exits with 0 for yes and 3 for no. Data not given counts as still to be given.
    """
    engine = desk.engine()
    case = engine.case(case_id)
    data = read_given(workflow_of(engine, case.document), pairs, data_file, trigger)
    verdict = engine.may(case_id, trigger, desk.actor(), data)
    shape = {"ok": verdict.ok, "reasons": [reason_shape(each) for each in verdict.reasons]}
    desk.tell(shape, lambda: _lines(desk, verdict))
    context.exit(0 if verdict.ok else Refused.exit_code)


def _lines(desk: Desk, verdict: Verdict) -> Iterator[str]:
    if verdict.ok:
        yield desk.say("yes", "可以")
        return
    yield desk.say("no:", "不可以：")
    for reason in verdict.reasons:
        yield f"  - {reason.in_language(desk.language)}"
