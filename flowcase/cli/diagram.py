"""`flowcase diagram`: a workflow as a picture: text for Mermaid, SVG or PNG."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.diagram.mermaid import mermaid
from flowcase.errors import InvalidInput
from flowcase.workflows.rules import Workflow


@command(
    "diagram",
    workflows=True,
    examples="""
    flowcase diagram mayor_line
    flowcase diagram mayor_line --format svg -o mayor_line.svg
    flowcase diagram my/workflows/mayor_line.toml --format png --lang zh -o mayor_line.png
    """,
)
@click.argument("name", metavar="FILE|NAME")
@click.option(
    "--format",
    "form",
    type=click.Choice(("mermaid", "svg", "png")),
    default="mermaid",
    show_default=True,
    help="svg and png need: pip install 'flowcase[diagram]'.",
)
@click.option("-o", "--out", metavar="FILE", default="-", help="Write it there; - is stdout.")
def diagram(desk: Desk, name: str, form: str, out: str) -> None:
    """Draw a workflow: its states and who owns them, who or which clock leads from one to another.

    The same document gives the same picture. A file that is there is written over.
    """
    workflow = named_workflow(desk, name)
    drawn = _drawn(desk, workflow, form)
    shape: dict[str, Any] = {"workflow": workflow.name, "digest": workflow.digest, "format": form}
    if out != "-":
        _write(Path(out), drawn)
        shape |= {"path": out, "bytes": len(drawn)}
        desk.tell(shape, lambda: iter([desk.say(f"wrote {out}", f"已写入 {out}")]))
    elif form == "png":
        if desk.json:
            desk.tell(shape | {"png": base64.b64encode(drawn).decode()}, lambda: iter(()))
            return
        if sys.stdout.isatty():
            raise click.UsageError("a terminal cannot show a PNG picture: name a file, -o FILE")
        sys.stdout.buffer.write(drawn)
    else:
        text = drawn.decode()
        desk.tell(shape | {form: text}, lambda: iter([text.removesuffix("\n")]))


def _drawn(desk: Desk, workflow: Workflow, form: str) -> bytes:
    if form == "mermaid":
        return mermaid(workflow, desk.language).encode()
    if form == "svg":
        from flowcase.diagram.drawing import draw

        return draw(workflow, desk.language).encode()
    from flowcase.diagram.raster import raster

    picture = raster(workflow, desk.language)
    if picture.language != desk.language:
        click.echo(
            "注意：本机没有中文字体，图片改用英文；可安装系统中文字体（如 fonts-noto-cjk），"
            "或 pip install 'flowcase[chinese]'",
            err=True,
        )
    return picture.data


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(
            f"cannot write {path}: {error.strerror or error}; name a file in a folder that is there"
        ) from None
