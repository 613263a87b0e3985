"""`flowcase workflow install, history`: which documents are for new cases, and who said so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import any_workflow
from flowcase.cli.shapes import moment_shape
from flowcase.cli.telling import NONE, Tongue

if TYPE_CHECKING:
    from flowcase.installations import Installation

_VERDICTS = {"proved": "已证明", "undecided": "未能判定", "refuted": "不成立"}


@command(
    "install",
    database=True,
    acts=True,
    examples="""
    flowcase workflow install my/workflows/mayor_line.toml --as ma
    flowcase workflow install draft.toml --accept-unproved --reason "pilot until June" --as ma
    """,
)
@click.argument("files", metavar="FILE|NAME...", nargs=-1, required=True)
@click.option(
    "--accept-unproved",
    is_flag=True,
    help="Also with undecided guarantees, never with one refuted; needs --reason and --as.",
)
@click.option("--reason", metavar="TEXT", help="Why; it is kept with the installation.")
def install(desk: Desk, files: tuple[str, ...], accept_unproved: bool, reason: str | None) -> None:
    """Install documents for new cases of everybody who works on this database.

    Each is proved first; one with a guarantee that is refuted is not installed, and the way to
    where it breaks is printed. Cases that are open stay with the document they were opened under:
    `flowcase workflow migrate` moves them. The same document again changes nothing.
    """
    asked = [any_workflow(desk, file) for file in files]
    engine = desk.engine(create=True, trust=True)
    actor = desk.actor() if desk.actor_id is not None else None
    made = [
        engine.install(
            each,
            actor=actor,
            accept_unproved=accept_unproved,
            reason=reason,
            together=asked,
        )
        for each in asked
    ]
    _tell(desk, made)


@command(
    "history",
    database=True,
    examples="""
    flowcase workflow history
    flowcase workflow history mayor_line --json
    """,
)
@click.argument("name", metavar="[NAME]", required=False)
def history(desk: Desk, name: str | None) -> None:
    """Tell which documents were installed: when, by whom, why, and what was not proved of them."""
    from flowcase import installations

    _tell(desk, installations.find(desk.engine(trust=True).store, name))


def _tell(desk: Desk, made: list[Installation]) -> None:
    zone = zone_named(desk.engine(trust=True).library.calendar("cn").timezone)
    shape = {"installations": [_shape(each, zone) for each in made]}
    desk.tell(shape, lambda: _lines(desk, Tongue(desk.language, zone), made))


def _shape(each: Installation, zone: Any) -> dict[str, Any]:
    return {
        "workflow": each.workflow,
        "version": each.version,
        "digest": each.digest,
        "at": moment_shape(each.at, zone),
        "actor": each.actor,
        "reason": each.reason,
        "checker": each.checker,
        **each.verdict,
    }


def _lines(desk: Desk, tongue: Tongue, made: list[Installation]) -> Iterator[Any]:
    from flowcase.cli.drawing import WARN, pairs, table, text

    if not made:
        yield desk.say("no document was installed", "没有安装过文档")
        return
    yield table(
        (
            desk.say("INSTALLED", "安装时间"),
            desk.say("NAME", "名称"),
            desk.say("VERSION", "版本"),
            desk.say("DIGEST", "摘要"),
            desk.say("BY", "安装人"),
            desk.say("PROOF", "证明"),
            desk.say("WHY", "理由"),
        ),
        (
            (
                tongue.moment(each.at),
                each.workflow,
                str(each.version),
                each.digest[:12],
                each.actor or NONE,
                desk.say(each.verdict["verdict"], _VERDICTS[each.verdict["verdict"]]),
                each.reason or "",
            )
            for each in made
        ),
    )
    for each in made:
        for ruling in each.verdict["rulings"]:
            said = f"{ruling['guarantee']}: {desk.say(ruling['en'], ruling['zh'])}"
            yield pairs([(f"{each.workflow} {each.version}", text(said, WARN))], indent=2)
