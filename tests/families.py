"""Two small documents, a matter and its parts, and an engine that keeps cases of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flowcase
from flowcase.case import Actor, Case
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from tests.world import moment

MATTER = """
name = "matter"
version = 1
title = { zh = "事项", en = "matter" }
closed_loop = false
[intake]
dest = "working"
by = ["anyone"]
party = "optional"
accepts = ["head", "what"]
[roles.clerk]
title = { zh = "办事员", en = "clerk" }
[participants.head]
role = "clerk"
[participants.helper]
role = "clerk"
count = "many"
[fields.what]
type = "text"
max_length = 50
[fields.into]
type = "reference"
to = "matter"
must_be = "open"
same_party = true
[states.working]
[states.closed]
needs = { children = "settled" }
[states.done]
final = true
[states.dropped]
final = true
[clocks.work]
runs_in = ["working"]
terms = [{ workdays = 10 }]
on_due = "expire"
[children.part]
workflow = "part"
opens_on = ["help"]
per = "helper"
as = "doer"
copy = ["what"]
participants = { boss = "head" }
dates = { by_day = "work" }
at_most = 4
when_parent_ends = "stop"
[children.find]
workflow = "part"
opens_on = ["find"]
copy = { what = "what" }
participants = { boss = "head" }
at_most = 2
when_parent_ends = "stop"
[successors.next]
workflow = "matter"
opens_on = ["split", "finish"]
copy = ["what"]
participants = { head = "head" }
continues = true
[[transitions]]
trigger = "help"
source = "working"
by = ["anyone"]
requires = ["helper"]
accepts = ["what"]
[[transitions]]
trigger = "find"
source = "working"
by = ["anyone"]
accepts = ["what"]
[[transitions]]
trigger = "close"
source = "working"
dest = "closed"
by = ["anyone"]
not_by = ["helper"]
[[transitions]]
trigger = "half_close"
source = "working"
by = ["anyone"]
when = { children = { part = "settled" } }
[[transitions]]
trigger = "reopen"
source = "closed"
dest = "working"
by = ["anyone"]
[[transitions]]
trigger = "finish"
source = "closed"
dest = "done"
by = ["anyone"]
[[transitions]]
trigger = "drop"
source = "*"
dest = "dropped"
by = ["anyone"]
[[transitions]]
trigger = "merge"
source = "working"
dest = "dropped"
by = ["anyone"]
requires = ["into"]
[[transitions]]
trigger = "split"
source = "working"
by = ["anyone"]
[[transitions]]
trigger = "lead"
source = ["working", "closed"]
by = ["anyone"]
requires = ["head"]
[[transitions]]
trigger = "expire"
source = "working"
dest = "dropped"
by = ["clock"]
[[transitions]]
trigger = "note"
source = "*"
by = ["anyone"]
"""

PART = """
name = "part"
version = 1
title = { zh = "部分", en = "part" }
closed_loop = false
[intake]
dest = "open"
by = ["parent"]
party = "none"
accepts = ["what", "doer", "by_day"]
[roles.clerk]
title = { zh = "办事员", en = "clerk" }
[participants.doer]
role = "clerk"
[participants.boss]
[fields.what]
type = "text"
max_length = 50
[fields.by_day]
type = "date"
[states.open]
[states.rest]
settled = true
[states.stopped]
final = true
[clocks.own]
runs_in = ["open"]
terms = [{ until = "by_day", before = { workdays = 4 }, at_least = { workdays = 1 } }]
on_due = "give_up"
[children.sub]
workflow = "part"
opens_on = ["split"]
copy = ["what"]
participants = { boss = "boss" }
at_most = 3
when_parent_ends = "stop"
[[transitions]]
trigger = "settle"
source = "open"
dest = "rest"
by = ["anyone"]
[[transitions]]
trigger = "resume"
source = "rest"
dest = "open"
by = ["anyone"]
[[transitions]]
trigger = "approve"
source = "open"
dest = "rest"
by = ["boss"]
[[transitions]]
trigger = "work"
source = "open"
by = ["doer"]
[[transitions]]
trigger = "hand"
source = "open"
by = ["anyone"]
requires = ["doer"]
[[transitions]]
trigger = "split"
source = "open"
by = ["anyone"]
[[transitions]]
trigger = "give_up"
source = "open"
dest = "stopped"
by = ["clock"]
[[transitions]]
trigger = "stop"
source = "*"
dest = "stopped"
by = ["parent"]
"""

ANN = Actor("ann", roles={"clerk"})
BEN = Actor("ben", roles={"clerk"})


def changed(document: str, *changes: tuple[str, str]) -> str:
    """Return a document with each text replaced, which must be there, by another."""
    for old, new in changes:
        assert old in document, f"the document does not say {old!r}"
        document = document.replace(old, new)
    return document


class Families:
    """An engine with the two documents, changed or not, on a manual clock."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        matter: tuple[tuple[str, str], ...] = (),
        part: tuple[tuple[str, str], ...] = (),
    ) -> None:
        folder.mkdir(exist_ok=True)
        for name, text in (("matter", changed(MATTER, *matter)), ("part", changed(PART, *part))):
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        if url.startswith("postgresql"):
            upgrade(url)
        self.clock = ManualClock(moment("2022-07-26 09:00"))
        self.engine = flowcase.open_engine(url, clock=self.clock, workflows=[folder])

    def open(self, party: str | None = None, **data: Any) -> Case:
        """Open a matter."""
        return self.engine.open("matter", actor=ANN, party=party, data=data)

    def fire(self, case: Case, trigger: str, actor: Actor = ANN, **data: Any) -> Case:
        """Fire a trigger."""
        return self.engine.fire(case.id, trigger, actor, data)

    def with_parts(self, *helpers: str, **data: Any) -> tuple[Case, list[Case]]:
        """Open a matter with a part for each of these helpers."""
        case = self.fire(self.open(**data), "help", helper=list(helpers))
        return case, self.engine.children(case.id)

    def refusal(self, case: Case, trigger: str, actor: Actor = ANN, **data: Any) -> set[str]:
        """Fire what must be refused; return the codes; nothing may have changed anywhere."""
        before = self.everything()
        try:
            self.engine.fire(case.id, trigger, actor, data)
        except flowcase.Refused as refused:
            assert self.everything() == before
            return {reason.code for reason in refused.reasons}
        raise AssertionError(f"{trigger} was not refused")

    def everything(self) -> Mapping[str, Case]:
        """Return every case there is, by its id."""
        return {case.id: case for case in self.engine.cases(limit=1000)}

    def now(self, case: Case) -> Case:
        """Return the case as it stands."""
        return self.engine.case(case.id)

    def require_sound(self) -> None:
        """Every record is whole; no parent is closed over an open child."""
        cases = self.everything()
        for case in cases.values():
            assert self.engine.verify(case.id) is None
            open_ = [
                each for each in cases.values() if each.parent_id == case.id and not each.settled
            ]
            assert case.unsettled == len(open_)
            assert not (open_ and case.sealed), "G12: no parent is closed over an open child"
