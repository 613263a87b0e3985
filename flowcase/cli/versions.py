"""`flowcase workflow diff, migrate`: what changed between two versions, and moving cases across."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import any_workflow
from flowcase.cli.failures import reason_shape
from flowcase.cli.shapes import moment_shape
from flowcase.cli.telling import Tongue
from flowcase.cli.workflow import summary

if TYPE_CHECKING:
    from flowcase.differences import Difference
    from flowcase.transfers import Transferred

_BECOMES = {
    "kept": ("goes on", "照旧"),
    "measured": ("measured again", "重新计算"),
    "started": ("starts now", "现在起算"),
    "dropped": ("is gone", "取消"),
}


@command(
    "diff",
    database=True,
    examples="""
    flowcase workflow diff mayor_line my/workflows/mayor_line.toml
    flowcase workflow diff 1ebf10ec mayor_line --json
    """,
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def diff(desk: Desk, old: str, new: str) -> None:
    """Tell in words what changed from OLD to NEW: each a name, the start of a digest, or a file.

    States, transitions, clocks, people, fields, guarantees, in the order of the document.
    """
    from flowcase.differences import compare

    before, after = any_workflow(desk, old), any_workflow(desk, new)
    found = compare(before, after)
    shape = {
        "old": summary(before),
        "new": summary(after),
        "changes": [_change_shape(each) for each in found],
    }
    desk.tell(shape, lambda: _diff_lines(desk, found))


def _change_shape(each: Difference) -> dict[str, Any]:
    return {
        "section": each.section,
        "name": each.name,
        "kind": each.kind,
        "attribute": each.attribute,
        "before": each.before,
        "after": each.after,
        "en": each.en,
        "zh": each.zh,
    }


def _diff_lines(desk: Desk, found: tuple[Difference, ...]) -> Iterator[Any]:
    from flowcase.cli.drawing import GOOD, LATE, WARN, pairs, text

    if not found:
        yield desk.say("no difference", "没有差异")
    marks = {"added": ("+", GOOD), "removed": ("-", LATE)}
    for each in found:
        mark, style = marks.get(each.kind, ("~", WARN))
        yield pairs([(mark, text(each.in_language(desk.language), style))])


@command(
    "migrate",
    database=True,
    acts=True,
    examples="""
    flowcase workflow migrate mayor_line --to 2 --dry-run
    flowcase workflow migrate mayor_line --to 2 --as ma
    """,
)
@click.argument("name", metavar="NAME")
@click.option("--to", metavar="VERSION|DIGEST", required=True, help="The version to move cases to.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would move and what not, and change nothing."
)
def migrate(desk: Desk, name: str, to: str, dry_run: bool) -> None:
    """Move the open cases of workflow NAME to another version: the one new cases are opened under,
    or one that was installed.

    A case that cannot move stays with its document, and every reason is told. Its clocks go on
    from the same start: what rang does not ring again, and nothing is due before the end of the
    next working day. May be interrupted and run again.
    """
    from flowcase.cli.drawing import counting

    engine = desk.engine()
    target = engine.library.version(engine.store, name, int(to) if to.isdecimal() else to)
    zone = zone_named(engine.library.calendar(target.document.calendar).timezone)
    actor = desk.actor() if desk.actor_id is not None else None
    found: list[Transferred] = []
    with engine.store.reading() as transaction:
        total = transaction.count_behind(name, target.digest)
    with counting(desk.say("cases", "事项"), total) as advance:
        for batch in engine.migrate(name, to=target.digest, dry_run=dry_run, actor=actor):
            found += batch
            advance(len(batch))
    shape = {
        "workflow": name,
        "to": summary(target),
        "dry_run": dry_run,
        "cases": [_case_shape(each, zone) for each in found],
        "moved": sum(each.ok for each in found),
        "refused": sum(not each.ok for each in found),
    }
    desk.tell(shape, lambda: _migrate_lines(desk, Tongue(desk.language, zone), found, dry_run))


def _case_shape(each: Transferred, zone: Any) -> dict[str, Any]:
    version, digest = each.before
    return {
        "case": each.case_id,
        "state": each.state,
        "version": version,
        "digest": digest,
        "ok": each.ok,
        "reasons": [reason_shape(reason) for reason in each.reasons],
        "clocks": [
            {
                "clock": clock.clock,
                "becomes": clock.becomes,
                "due_before": moment_shape(clock.due_before, zone),
                "due_after": moment_shape(clock.due_after, zone),
            }
            for clock in each.clocks
        ],
        "dropped": list(each.dropped),
    }


def _migrate_lines(
    desk: Desk, tongue: Tongue, found: list[Transferred], dry_run: bool
) -> Iterator[Any]:
    from flowcase.cli.drawing import LATE, pairs, text

    for each in found:
        yield f"{each.case_id}  {each.state}  {desk.say('version', '版本')} {each.before[0]}"
        for reason in each.reasons:
            yield pairs([("✗", text(reason.in_language(desk.language), LATE))], indent=2)
        for clock in each.clocks if each.ok else ():
            if clock.becomes != "kept":
                before, after = tongue.deadline(clock.due_before), tongue.deadline(clock.due_after)
                said = f"{before} → {after}  {desk.say(*_BECOMES[clock.becomes])}"
                yield pairs([(clock.clock, said)], indent=2)
        if each.ok and each.dropped:
            yield pairs([(desk.say("left out", "不再保留"), ", ".join(each.dropped))], indent=2)
    moved = sum(each.ok for each in found)
    verb = desk.say("can move", "可以移动") if dry_run else desk.say("moved", "已移动")
    yield desk.say(
        f"open cases of other versions: {len(found)}; {verb}: {moved}; "
        f"stay as they are: {len(found) - moved}",
        f"其他版本的未结事项 {len(found)} 件；{verb} {moved} 件；维持原状 {len(found) - moved} 件",
    )
