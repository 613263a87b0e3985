"""`flowcase check`: what a workflow document guarantees: proved, or refuted with a path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from flowcase.check.findings import CheckFinding, CheckReport
from flowcase.check.limits import MOST_SECONDS, Limits
from flowcase.check.proof import Judgement, Proof, Step
from flowcase.check.prover import prove
from flowcase.check.report import check_workflow
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.errors import DocumentError, InvalidInput
from flowcase.workflows.rules import Workflow


@command(
    "check",
    workflows=True,
    examples="""
    flowcase check my/workflows/mayor_line.toml
    flowcase check mayor_line --json
    flowcase check draft.toml --picture draft.svg
    flowcase check - <draft.toml
    """,
)
@click.argument("name", metavar="FILE|NAME")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=MOST_SECONDS,
    show_default=True,
    help="Give the search up after so much processor time.",
)
@click.option(
    "--picture",
    metavar="FILE.svg",
    help="Draw the workflow with the first refuting path in red; needs flowcase[diagram].",
)
@click.option("--all", "everything", is_flag=True, help="Tell also each promise that holds.")
@click.pass_context
def check(
    context: click.Context,
    desk: Desk,
    name: str,
    seconds: float,
    picture: str | None,
    everything: bool,
) -> None:
    """Prove that a workflow document closes the loop, or show how it does not.

    Every case that can come about is followed, move by move, through the same decisions as in
    production. Each guarantee is proved, or refuted with the shortest path that breaks it.
    Exits with 6 if anything is refuted or certainly wrong. Notes are for somebody to look at.
    """
    workflow = named_workflow(desk, name)
    report = check_workflow(workflow)
    proof = prove(workflow, limits=Limits(seconds=seconds))
    if picture is not None:
        _draw(desk, workflow, proof, Path(picture))
    ok = report.ok and not proof.refuted
    desk.tell(_shape(report, proof, ok=ok), lambda: _lines(desk, report, proof, everything))
    context.exit(0 if ok else DocumentError.exit_code)


def _draw(desk: Desk, workflow: Workflow, proof: Proof, path: Path) -> None:
    from flowcase.diagram.drawing import draw

    walked = next((each.path for each in proof.refuted if each.path), ())
    try:
        path.write_text(draw(workflow, desk.language, walked), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"cannot write {path}: {error.strerror or error}; name a file in a folder that is there"
        ) from None


def _shape(report: CheckReport, proof: Proof, *, ok: bool) -> dict[str, Any]:
    return {
        "workflow": report.workflow,
        "version": report.version,
        "digest": proof.digest,
        "ok": ok,
        "states": report.states,
        "transitions": report.transitions,
        "clocks": report.clocks,
        "nodes": proof.nodes,
        "moves": proof.moves,
        "seconds": proof.seconds,
        "guarantees": [_judgement(each) for each in proof.judgements],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "guarantee": judgement.guarantee,
        "verdict": judgement.verdict,
        "where": judgement.where,
        "en": judgement.en,
        "zh": judgement.zh,
        "rests_on": list(judgement.rests_on),
        "path": [_step(step) for step in judgement.path],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at.isoformat() if step.at is not None else None,
        "who": step.who,
        "actor": step.actor or None,
        "trigger": step.trigger,
        "data": dict(step.data),
        "rung": step.rung,
        "source": step.source,
        "dest": step.dest,
    }


def _finding(finding: CheckFinding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "path": finding.path,
        "en": finding.en,
        "zh": finding.zh,
    }


def _lines(desk: Desk, report: CheckReport, proof: Proof, everything: bool) -> Iterator[Any]:
    yield desk.say(
        f"{report.workflow} {report.version}: {report.states} states, {report.transitions} "
        f"transitions, {report.clocks} clocks; {len(report.errors)} errors, "
        f"{len(report.notes)} notes",
        f"{report.workflow} {report.version}：状态 {report.states}，流转 {report.transitions}，"
        f"时限 {report.clocks}；错误 {len(report.errors)}，提示 {len(report.notes)}",
    )
    yield desk.say(
        f"{len(proof.proved)} guarantees proved, {len(proof.refuted)} refuted, "
        f"{len(proof.undecided)} undecided; {proof.nodes:,} cases, "
        f"{proof.moves:,} moves in {proof.seconds:.1f} s",
        f"保证：已证明 {len(proof.proved)}，被推翻 {len(proof.refuted)}，"
        f"未定 {len(proof.undecided)}；共搜索情形 {proof.nodes:,}，流转 {proof.moves:,}，"
        f"用时 {proof.seconds:.1f} 秒",
    )
    yield from _guarantees(desk, proof, everything)
    yield from _findings(desk, report)


def _guarantees(desk: Desk, proof: Proof, everything: bool) -> Iterator[Any]:
    from flowcase.cli.drawing import GOOD, LATE, WARN, pairs, text

    words = {
        "proved": (desk.say("proved", "已证明"), GOOD),
        "refuted": (desk.say("refuted", "被推翻"), LATE),
        "undecided": (desk.say("undecided", "未定"), WARN),
    }
    untold = 0
    for each in proof.judgements:
        if each.verdict == "proved" and each.where.startswith("guarantees.") and not everything:
            untold += each.guarantee != "unattended_reaches"
            if each.guarantee != "unattended_reaches":
                continue
        word, style = words[each.verdict]
        said = f"{each.guarantee}: {desk.say(each.en, each.zh)}"
        if each.rests_on:
            guards = ", ".join(each.rests_on)
            said += desk.say(f" (rests on the guards {guards})", f"（取决于守卫 {guards}）")
        yield pairs([(word, text(said, style if each.verdict != "proved" else ""))], indent=2)
        for number, step in enumerate(each.path, start=1):
            when = f"{step.at:%Y-%m-%d %H:%M}" if step.at is not None else f"{number}."
            yield pairs([(when, text(_told(desk, step)))], indent=6)
    if untold:
        yield pairs(
            [
                (
                    words["proved"][0],
                    text(
                        desk.say(
                            f"{untold} promises of the author's; --all tells each",
                            f"作者的承诺 {untold} 项；--all 逐项列出",
                        )
                    ),
                )
            ],
            indent=2,
        )


def _told(desk: Desk, step: Step) -> str:
    """Return a step as people read it: who, what, with what, to where."""
    if step.rung is not None:
        what = desk.say(f"clock {step.rung}", f"时钟 {step.rung}")
    else:
        what = f"{step.who} {step.trigger}"
    given = ", ".join(f"{name}={value}" for name, value in step.data.items())
    return f"{what}{f' ({given})' if given else ''} -> {step.dest}"


def _findings(desk: Desk, report: CheckReport) -> Iterator[Any]:
    from flowcase.cli.drawing import LATE, WARN, pairs, text

    words = {"error": desk.say("error", "错误"), "note": desk.say("note", "提示")}
    for finding in report.findings:
        style = LATE if finding.severity == "error" else WARN
        said = f"{finding.path}: {desk.say(finding.en, finding.zh)}"
        yield pairs([(words[finding.severity], text(said, style))], indent=2)
