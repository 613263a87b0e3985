"""`flowcase check`: what the structure of a workflow document says about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.check.findings import CheckFinding, CheckReport
from flowcase.check.report import check_workflow
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.errors import DocumentError


@command(
    "check",
    workflows=True,
    examples="""
    flowcase check my/workflows/mayor_line.toml
    flowcase check mayor_line --json
    flowcase check - <draft.toml
    """,
)
@click.argument("name", metavar="FILE|NAME")
@click.pass_context
def check(context: click.Context, desk: Desk, name: str) -> None:
    """Check a workflow document: unknown keys and names, states out of reach, dead ends, shadowed
    transitions, promises that do not hold.

    Exits with 6 if anything is certainly wrong. Notes are for somebody to look at.
    """
    report = check_workflow(named_workflow(desk, name))
    shape = {
        "workflow": report.workflow,
        "version": report.version,
        "ok": report.ok,
        "states": report.states,
        "transitions": report.transitions,
        "clocks": report.clocks,
        "findings": [_shape(finding) for finding in report.findings],
    }
    desk.tell(shape, lambda: _lines(desk, report))
    context.exit(0 if report.ok else DocumentError.exit_code)


def _shape(finding: CheckFinding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "path": finding.path,
        "en": finding.en,
        "zh": finding.zh,
    }


def _lines(desk: Desk, report: CheckReport) -> Iterator[Any]:
    from flowcase.cli.drawing import LATE, WARN, pairs, text

    errors, notes = len(report.errors), len(report.notes)
    yield desk.say(
        f"{report.workflow} {report.version}: {report.states} states, {report.transitions} "
        f"transitions, {report.clocks} clocks; {errors} errors, {notes} notes",
        f"{report.workflow} {report.version}：状态 {report.states}，流转 {report.transitions}，"
        f"时限 {report.clocks}；错误 {errors}，提示 {notes}",
    )
    words = {"error": desk.say("error", "错误"), "note": desk.say("note", "提示")}
    for finding in report.findings:
        style = LATE if finding.severity == "error" else WARN
        said = f"{finding.path}: {desk.say(finding.en, finding.zh)}"
        yield pairs([(words[finding.severity], text(said, style))], indent=2)
