"""The story of a case that is tried, in words: who did what when, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flowcase.case import Actor
from flowcase.errors import Refused
from flowcase.history import Entry


class Story:
    """What was tried on one case so far, a line each; moments in the calendar's zone."""

    def __init__(self, title: str, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self.lines = [title]

    def tell(self, entry: Entry) -> None:
        """Tell of an entry."""
        to = f"-> {entry.dest}" if entry.source != entry.dest else f"in {entry.dest}"
        raised = entry.changes.set.get("tier")
        tier = f", tier {raised}" if raised else ""
        owner = entry.changes.set.get("owner")
        owned = f", owner {owner}" if owner else ""
        if entry.rung is not None:
            late = f", {entry.rung['late_s']:,} s late" if entry.rung["late_s"] else ""
            who = f"{entry.rung['clock']} rings {entry.rung['rung']}{late}: {entry.trigger}"
        else:
            who = f"{_deputised(entry)}: {entry.trigger}{_given(entry.details)}"
        self._add(entry.at, f"{who} {to}{tier}{owned}")

    def tell_refused(self, at: datetime, actor: Actor, trigger: str, refused: Refused) -> None:
        """Tell of a refusal."""
        self._add(at, f"{actor.id}: {trigger} refused ({refused})")

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _add(self, at: datetime, line: str) -> None:
        self.lines.append(f"  {at.astimezone(self._zone):%Y-%m-%d %H:%M}  {line}")


def _deputised(entry: Entry) -> str:
    return f"{entry.actor} for {entry.on_behalf_of}" if entry.on_behalf_of else entry.actor


def _given(data: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in data.items())
    return f" ({given})" if given else ""
