"""`flowcase diagram`: a workflow as a state diagram in Mermaid's language."""

from __future__ import annotations

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.diagram import mermaid


@command(
    "diagram",
    workflows=True,
    examples="""
    flowcase diagram mayor_line
    flowcase diagram my/workflows/mayor_line.toml --lang zh >mayor_line.mmd
    """,
)
@click.argument("name", metavar="FILE|NAME")
def diagram(desk: Desk, name: str) -> None:
    """Print a workflow as a Mermaid state diagram: its states, and who fires what between them."""
    workflow = named_workflow(desk, name)
    drawn = mermaid(workflow, desk.language)
    shape = {"workflow": workflow.name, "digest": workflow.digest, "mermaid": drawn}
    desk.tell(shape, lambda: iter([drawn.removesuffix("\n")]))
