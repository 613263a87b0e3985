"""Handing over, recusing, being away: always exactly one, and who worked on it never closes it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowcase import outcome
from flowcase.case import Absence, Actor, Case
from flowcase.errors import Refused
from flowcase.question import ever_held
from flowcase.workflows.document import shipped_workflows
from tests.core import Core
from tests.world import APPEAL, COORDINATION, COORDINATOR, DUTIES_HELD, LEAD, OFFICE

WORKFLOW = shipped_workflows()["mayor_line"]
COORDINATORS = ("li", "lin", "wang")
UNITS = ("bureau-land", "bureau-housing")
PEOPLE = ("li", "lin", "wang", "wu", "chen", "cai", "he", "xu")
ONE = ("coordinator", "section", "lead")
CLOSING = {"opinion": "同意办结。", "outcome": "solved"}

#: What may be done to the people of a case; each is (trigger, whom).
CHANGES = st.one_of(
    st.tuples(st.just("hand_over_coordinator"), st.sampled_from(COORDINATORS)),
    st.tuples(st.just("designate"), st.sampled_from(UNITS)),
    st.tuples(st.just("recuse"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("away"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("report"), st.sampled_from(PEOPLE)),
)


def _core() -> Core:
    core = Core(WORKFLOW)
    core.open(APPEAL)
    core.fire("coordinate", OFFICE, COORDINATION)
    core.fire("assign", COORDINATOR, {"lead": "bureau-land"})
    core.fire("report", LEAD, {"result": "办结。"})
    return core


def _roles(who: str) -> set[str]:
    return {role for role, _, holder in DUTIES_HELD if holder == who}


def _change(core: Core, what: str, whom: str, deputy: str) -> None:
    """Do it, if the rules let it be done."""
    held = core.case().participants()
    now = str(held["coordinator"])
    coordinator = Actor("xu", roles={now[1:]}) if now[:1] == "@" else Actor(now)
    attempts: dict[str, tuple[Actor, dict[str, Any]]] = {
        "hand_over_coordinator": (OFFICE, {"coordinator": whom, "reason": "调整。"}),
        "designate": (coordinator, {"lead": whom, "reason": "调整。"}),
        "recuse": (OFFICE, {"recused": [whom], "reason": "回避。"}),
        "report": (Actor(whom, on_behalf_of=str(held["lead"])), {"result": "再报。"}),
    }
    if what == "away":
        if deputy != whom:
            core.directory.absences.append(
                Absence(whom, date(2022, 7, 1), date(2022, 12, 31), deputy)
            )
        return
    actor, data = attempts[what]
    try:
        core.fire(what, actor, data)
    except Refused:
        return


def _require_one_each(case: Case) -> None:
    for name in ONE:
        held = case.participants()[name]
        assert isinstance(held, str), f"exactly one {name}"
        assert held, f"never no {name}"


def _tell(changes: list[tuple[str, str]], deputies: list[str]) -> None:
    """Go through the changes, and after each ask what must always hold."""
    core = _core()
    workers = {"bureau-land", "wang"}
    for (what, whom), deputy in zip(changes, deputies, strict=True):
        before = core.case()
        _change(core, what, whom, deputy)
        case = core.case()
        _require_one_each(case)
        last = core.history()[-1]
        if case is not before and last.trigger == "report":
            workers |= {last.actor, str(last.on_behalf_of)}
        workers.add(str(case.participants()["lead"]))
        workers = {who for who in workers if who[:1] != "@"}
        assert workers <= set(ever_held(case.facts, "lead")), "who worked on it is remembered"
        now = str(case.participants()["coordinator"])
        for who in workers:
            own = Actor(who, roles=_roles(who), on_behalf_of=None if now[:1] == "@" else now)
            for actor in (own, Actor(who, roles=_roles(who)), Actor("he", on_behalf_of=who)):
                verdict = core.may("close", actor, **CLOSING)
                codes = {reason.code for reason in verdict.reasons}
                assert codes & {"separation", "recused"}, f"{actor} closes what he worked on"


STORY = st.lists(st.tuples(CHANGES, st.sampled_from(PEOPLE)), max_size=12)


@given(story=STORY)
@settings(max_examples=60)
def test_always_exactly_one_and_the_work_is_never_closed_by_who_did_it(
    story: list[tuple[tuple[str, str], str]],
) -> None:
    _tell([change for change, _ in story], [deputy for _, deputy in story])


def test_the_control_somebody_else_does_close(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _core().may("close", COORDINATOR, **CLOSING)


def _second(draft: outcome.Draft, name: str, holders: tuple[str, ...]) -> None:
    """Appoint beside whoever holds the part, not in his place."""
    key = "participants." + name
    before = draft.facts.get(key, [])
    draft.facts[key] = [*([before] if isinstance(before, str) else before), *holders]


@pytest.mark.parametrize(
    "place, broken",
    [
        ("_remember", lambda *given: None),
        ("_remember_who_acted", lambda *given: None),
        ("appoint", _second),
    ],
)
def test_a_part_of_the_engine_that_is_broken_is_seen(
    monkeypatch: pytest.MonkeyPatch, place: str, broken: object
) -> None:
    monkeypatch.setattr(outcome, place, broken)
    story = [("report", "wu"), ("designate", "bureau-housing"), ("hand_over_coordinator", "lin")]
    with pytest.raises((AssertionError, Refused)):
        _tell(story, ["he"] * len(story))
