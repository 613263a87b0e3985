"""A tiny workflow with a question to the records and a unique number, and a city to try it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flowcase
from flowcase.case import Actor, Case
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from tests.world import moment

OFFICER = Actor("han", roles={"officer"})

DOCUMENT = """
name = "offence"
version = 1
title = { zh = "案", en = "offence" }
closed_loop = false

[intake]
dest = "found"
by = ["officer"]
requires = ["kind"]
accepts = ["number", "size"]

[roles.officer]
title = { zh = "执法人员", en = "officer" }

[fields.kind]
type = "choice"
options = ["stall", "sign"]
[fields.size]
type = "integer"
[fields.number]
type = "text"
max_length = 40
unique = true

[records.found_before]
title = { zh = "曾被发现", en = "found before" }
workflow = "offence"
same = ["party", "kind"]
within = { months = 12 }
states = ["warned", "fined"]
[records.fined_for_this]
workflow = "offence"
same = ["party", "kind", "size"]
states = ["fined"]

[states.found]
[states.noted]
[states.warned]
final = true
[states.fined]
final = true

[[transitions]]
trigger = "warn"
source = "found"
dest = "warned"
by = ["officer"]
when = { found_before = false }
[[transitions]]
trigger = "fine"
source = ["found", "noted"]
dest = "fined"
by = ["officer"]
requires = ["size"]
unless = { fined_for_this = true }
[[transitions]]
trigger = "note"
source = "found"
dest = "noted"
by = ["officer"]
accepts = ["number"]
[[transitions]]
trigger = "forget"
source = "found"
by = ["officer"]
clears = ["number"]
"""


class Records:
    """An engine with that workflow, on a database and a clock to move."""

    def __init__(self, url: str, folder: Path, at: str = "2026-03-02 09:00") -> None:
        if url.startswith("postgresql"):
            upgrade(url)
        rules = folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "offence.toml").write_text(DOCUMENT, encoding="utf-8")
        self.clock = ManualClock(moment(at))
        self.engine = flowcase.open_engine(url, clock=self.clock, workflows=[rules])

    def at(self, text: str) -> Records:
        """Move the clock to a local moment."""
        self.clock.move_to(moment(text))
        return self

    def open(self, party: str | None = "shop-1", **data: Any) -> Case:
        """Open a case."""
        given = {"kind": "stall", **data}
        return self.engine.open("offence", party=party, actor=OFFICER, data=given)

    def do(self, case: Case, trigger: str, **data: Any) -> Case:
        """Have the officer fire a trigger."""
        return self.engine.fire(case.id, trigger, OFFICER, data)

    def refusal(self, case: Case, trigger: str, **data: Any) -> list[flowcase.Reason]:
        """Fire what must be refused; nothing may have moved."""
        before = self.engine.case(case.id)
        try:
            self.do(case, trigger, **data)
        except flowcase.Refused as refused:
            assert self.engine.case(case.id) == before
            assert self.engine.verify(case.id) is None
            return list(refused.reasons)
        raise AssertionError(f"{trigger} was not refused")
