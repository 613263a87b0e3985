"""`flowcase db`: the database and its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.database import connect
from flowcase.schema import revision_of, upgrade
from flowcase.tables import SCHEMA_REVISION


@command(
    "status",
    database=True,
    examples="""
    flowcase db status
    flowcase db status --db postgresql://flowcase@db.example/appeals --json
    """,
)
@click.pass_context
def status(context: click.Context, desk: Desk) -> None:
    """Print which schema a database has, and which this version works with.

    Exits with 1 if they differ.
    """
    desk.require_database()
    engine, _ = connect(desk.address)
    try:
        with engine.connect() as connection:
            found = revision_of(connection)
    finally:
        engine.dispose()
    shape = {
        "database": engine.url.render_as_string(hide_password=True),
        "schema": found,
        "wanted": SCHEMA_REVISION,
        "current": found == SCHEMA_REVISION,
    }
    desk.tell(shape, lambda: _status_lines(desk, shape))
    context.exit(0 if found == SCHEMA_REVISION else 1)


@command(
    "upgrade",
    database=True,
    examples="""
    flowcase db upgrade
    flowcase db upgrade --db postgresql://flowcase@db.example/appeals
    """,
)
def upgrade_(desk: Desk) -> None:
    """Bring a database to this version's schema; an empty one is made ready."""
    before, after = upgrade(desk.address)
    shape = {"before": before, "after": after, "changed": before != after}
    desk.tell(shape, lambda: _upgrade_lines(desk, before, after))


def _status_lines(desk: Desk, shape: dict[str, Any]) -> Iterator[str]:
    found, wanted = shape["schema"], shape["wanted"]
    yield str(shape["database"])
    if found == wanted:
        yield desk.say(f"schema {found}: up to date", f"结构版本 {found}：已是最新")
    elif found is None:
        yield desk.say(
            "no flowcase tables; run: flowcase db upgrade",
            "没有数据表；请运行：flowcase db upgrade",
        )
    else:
        yield desk.say(
            f"schema {found}, this flowcase works with {wanted}; run: flowcase db upgrade",
            f"结构版本 {found}，本程序需要 {wanted}；请运行：flowcase db upgrade",
        )


def _upgrade_lines(desk: Desk, before: str | None, after: str) -> Iterator[str]:
    if before == after:
        yield desk.say(f"schema {after}: nothing to do", f"结构版本 {after}：无须更改")
    else:
        was = before or desk.say("empty", "空")
        yield desk.say(f"schema {was} → {after}", f"结构版本 {was} → {after}")
