"""`flowcase workflow`: the workflows there are, and what is in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import any_workflow, running_workflows
from flowcase.workflows.rules import Transition, Workflow


@command(
    "list",
    database=True,
    examples="""
    flowcase workflow list
    flowcase workflow list --workflows my/workflows --json
    """,
)
def list_(desk: Desk) -> None:
    """List the workflows new cases are opened under, each with its version, digest and title.

    A document of a folder comes before the newest installed in the database, and that before the
    one that comes with flowcase.
    """
    found = list(running_workflows(desk).values())
    shape = {"workflows": [{**summary(each), "from": origin} for origin, each in found]}
    desk.tell(shape, lambda: _list_lines(desk, found))


@command(
    "show",
    database=True,
    examples="""
    flowcase workflow show mayor_line
    flowcase workflow show mayor_line --source >my/workflows/mayor_line.toml
    flowcase workflow show my/workflows/mayor_line.toml --json
    """,
)
@click.argument("name", metavar="NAME|DIGEST|FILE")
@click.option("--source", is_flag=True, help="Print the document as it stands.")
def show(desk: Desk, name: str, source: bool) -> None:
    """Show a workflow: its states and their owners, who may do what, and its clocks."""
    workflow = any_workflow(desk, name)
    if source:
        click.echo(workflow.text, nl=not workflow.text.endswith("\n"))
        return
    document = workflow.document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    shape = {**summary(workflow), "document": document}
    desk.tell(shape, lambda: _show_lines(desk, workflow))


def summary(workflow: Workflow) -> dict[str, Any]:
    """Return what names a document, as JSON has it."""
    document = workflow.document
    return {
        "name": document.name,
        "version": document.version,
        "title": {"zh": document.title.zh, "en": document.title.en},
        "digest": workflow.digest,
    }


def _list_lines(desk: Desk, found: list[tuple[str, Workflow]]) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    headings = (
        desk.say("NAME", "名称"),
        desk.say("VERSION", "版本"),
        desk.say("DIGEST", "摘要"),
        desk.say("FROM", "来自"),
        desk.say("TITLE", "标题"),
    )
    places = {"folder": "目录", "installed": "已安装", "shipped": "自带"}
    rows = (
        (
            each.name,
            str(each.document.version),
            each.digest[:12],
            desk.say(origin, places[origin]),
            each.document.title.in_language(desk.language),
        )
        for origin, each in found
    )
    yield table(headings, rows)


def _show_lines(desk: Desk, workflow: Workflow) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    document, language = workflow.document, desk.language
    yield f"{document.title.in_language(language)} · {document.name} {document.version}"
    yield ""
    yield table(
        (desk.say("STATE", "状态"), desk.say("OWNER", "责任方"), desk.say("TIER", "层级"), ""),
        (
            (
                name,
                state.owner or ("—" if not state.final else desk.say("final", "终结")),
                state.tier or "",
                workflow.title(name, language),
            )
            for name, state in document.states.items()
        ),
    )
    yield ""
    yield table(
        (
            desk.say("TRIGGER", "操作"),
            desk.say("BY", "办理者"),
            desk.say("FROM → TO, WITH", "从 → 至，须给出"),
        ),
        (_transition(each) for each in workflow.transitions),
    )
    if workflow.clocks:
        yield ""
        yield table(
            (desk.say("CLOCK", "时限"), desk.say("AT ITS DUE MOMENT", "到期时"), ""),
            (
                (name, rules.on_due or desk.say("tells", "通知"), workflow.title(name, language))
                for name, rules in workflow.clocks.items()
            ),
        )


def _transition(transition: Transition) -> tuple[str, str, str]:
    way = ", ".join(transition.sources)
    if transition.dest is not None:
        way += f" → {transition.dest}"
    if transition.requires:
        way += f" · {', '.join(transition.requires)}"
    return transition.trigger, ", ".join(transition.by), way
