"""What it means on a real case that a guarantee does not hold: one check for each guarantee."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flowcase.calendars.calendar import load_calendar
from flowcase.case import Case
from flowcase.check.proof import Judgement, Step
from flowcase.errors import Refused
from flowcase.history import Entry
from flowcase.ledgers import read_ledgers
from flowcase.listing import list_stuck
from flowcase.machine import CLOCK
from flowcase.outcome import Call, World
from flowcase.question import Asked, ever_held
from flowcase.snapshots import rebuilt
from flowcase.testing import MemoryDirectory
from flowcase.time import utc
from flowcase.workflows.document import conditions_reader
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Workflow
from tests.documents.replayed import A_MINUTE, MOST_RINGS, Replay

SEEDS = (1, 2, 3)

Check = Callable[[Workflow, Judgement], None]


def broken(workflow: Workflow, judgement: Judgement) -> None:
    """Show on a real case that what a judgement refutes does not hold."""
    name = re.sub(r"\[\d+\]", "", judgement.guarantee)
    CHECKS[name](workflow, judgement)


def _walked(workflow: Workflow, judgement: Judgement) -> Replay:
    return Replay(workflow).walk(judgement.path)


def _nobody_owns_it(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        assert replay.case.owner is None
        assert not replay.case.finished


def _nothing_rings(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        for _ in range(MOST_RINGS):
            if replay.ring() is None:
                break
        assert replay.case.wake_at is None
        assert replay.case.state == judgement.path[-1].dest
        assert not replay.case.finished


def _never_ends(workflow: Workflow, judgement: Judgement) -> None:
    for seed in SEEDS:
        with _walked(workflow, judgement) as replay:
            replay.wander(seed)
            assert not replay.case.finished


def _never_ends_without(workflow: Workflow, judgement: Judgement) -> None:
    leaver = _quoted(judgement.en)
    for seed in SEEDS:
        with _walked(workflow, judgement) as replay:
            holder = replay.case.facts.get("participants." + leaver)
            replay.wander(seed, without=leaver)
            assert not replay.case.finished
            assert replay.case.facts.get("participants." + leaver) == holder


def _quoted(sentence: str) -> str:
    return sentence.split("'")[1]


def _rings_into_a_refusal(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        for _ in range(MOST_RINGS):
            report = replay.ring()
            assert report is not None
            if report.set_aside:
                break
        stuck = list_stuck(replay.engine.store)
        assert [each.case_id for each in stuck] == [replay.case_id]
        assert stuck[0].reason in judgement.en


def _does_not_climb(workflow: Workflow, judgement: Judgement) -> None:
    rank = workflow.tier_rank
    promised = workflow.document.guarantees.unattended_reaches
    goal = rank(promised.tier if promised is not None else workflow.document.tiers[-1])
    with _walked(workflow, judgement) as replay:
        if "by more than one" in judgement.en:
            tiers = [entry.changes.set.get("tier") for entry in replay.history()]
            assert rank(tiers[-1]) - max(rank(tier) for tier in tiers[:-1]) > 1
            return
        if "round and round" in judgement.en:
            rung = [entry.dest for entry in replay.history() if entry.actor == "clock"]
            assert rung[-1] in rung[:-1]
            return
        for _ in range(40):
            replay.ring()
            assert not replay.case.finished
            assert rank(replay.case.tier) < goal


def _too_slow(workflow: Workflow, judgement: Judgement) -> None:
    promised = workflow.document.guarantees.unattended_reaches
    assert promised is not None
    acts = [step for step in judgement.path if step.who != "clock"]
    calendar = load_calendar(workflow.document.calendar)
    with Replay(workflow).walk(acts) as replay:
        begins = calendar.local_date(replay.clock.now())
        while workflow.tier_rank(replay.case.tier) < workflow.tier_rank(promised.tier):
            assert replay.ring() is not None
        ends = calendar.local_date(replay.clock.now() - A_MINUTE)
        assert calendar.workdays_between(begins, ends) > promised.within_workdays


def _ended_by_a_worker(workflow: Workflow, judgement: Judgement) -> None:
    part = judgement.en.split()[0]
    with _walked(workflow, judgement) as replay:
        last = replay.history()[-1]
        assert last.actor in _who_held(replay.case, part)
        assert last.dest == judgement.path[-1].dest != last.source


def _who_held(case: Case, part: str) -> tuple[str, ...]:
    return tuple(each for each in ever_held(case.facts, part) if each[:1] != "@")


def _moved_beyond(workflow: Workflow, judgement: Judgement) -> None:
    states, rank = workflow.document.states, workflow.tier_rank
    with _walked(workflow, judgement) as replay:
        last = replay.history()[-1]
        assert last.source is not None
        tier = rank(states[last.source].tier)
        assert tier >= 0
        owners = {each.owner for each in states.values() if rank(each.tier) >= tier}
        assert judgement.path[-1].who not in owners
        assert last.dest != last.source


def _time_given_back(workflow: Workflow, judgement: Judgement) -> None:
    if judgement.where.endswith("pauses_in"):
        _pauses_again_and_again(workflow, judgement)
        return
    clock = _quoted(judgement.en)
    with Replay(workflow).walk(judgement.path[:-1]) as replay:
        now, before = replay.clock.now(), replay.case
        assert read_ledgers(before.facts, workflow)[clock].due <= now
        replay.walk(judgement.path[-1:])
        assert read_ledgers(replay.case.facts, workflow)[clock].due > replay.clock.now()
        assert replay.case.cycle == before.cycle


def _pauses_again_and_again(workflow: Workflow, judgement: Judgement) -> None:
    clock, loop = _quoted(judgement.en), _loop(judgement)
    with _walked(workflow, judgement) as replay:
        for _ in range(5):
            before = replay.case
            for step in loop:
                _again(replay, step)
            pauses = [
                len(read_ledgers(case.facts, workflow)[clock].pauses)
                for case in (before, replay.case)
            ]
            assert pauses[1] == pauses[0] + 1
            assert replay.case.cycle == before.cycle


def _loop(judgement: Judgement) -> tuple[Step, ...]:
    """The steps after which a case is again in the state in which the path ends."""
    dests = [step.dest for step in judgement.path]
    first = max(number for number, dest in enumerate(dests[:-1]) if dest == dests[-1])
    return judgement.path[first + 1 :]


def _again(replay: Replay, step: Step) -> None:
    replay.clock.move_to(replay.clock.now() + A_MINUTE)
    replay.act(step.trigger, step.who, step.actor, step.data)


def _opens_for_ever(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        for _ in range(5):
            before = replay.case.cycle
            for step in _loop(judgement):
                _again(replay, step)
            assert replay.case.cycle == before + 1


def _more_cycles(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        assert replay.case.cycle > (workflow.document.guarantees.cycles_at_most or 0)


def _falls(workflow: Workflow, judgement: Judgement) -> None:
    with _walked(workflow, judgement) as replay:
        named = workflow.document.states[replay.case.state].tier
        assert workflow.tier_rank(named) < workflow.tier_rank(replay.case.tier)


def _not_reached(workflow: Workflow, judgement: Judgement) -> None:
    missed = judgement.where.removeprefix("states.")
    for seed in SEEDS:
        with Replay(workflow) as replay:
            assert missed not in {entry.dest for entry in replay.wander(seed)}


def _not_taken(workflow: Workflow, judgement: Judgement) -> None:
    written = re.match(r"transitions\[(\d+)\]", judgement.where)
    for seed in SEEDS:
        with Replay(workflow) as replay:
            entries = replay.wander(seed)
        if written is None:
            assert judgement.where.removeprefix("clocks.") not in {e.trigger for e in entries}
            continue
        never = workflow.transitions[int(written[1])]
        assert not [
            entry
            for entry in entries
            if entry.trigger == never.trigger
            and entry.source in never.sources
            and entry.dest == (never.dest or entry.source)
        ]


def _not_opened(workflow: Workflow, judgement: Judgement) -> None:
    with Replay(workflow) as replay:
        try:
            replay.wander(1)
        except Refused:
            return
        raise AssertionError("it was opened")


def _passed_by(workflow: Workflow, judgement: Judgement) -> None:
    passes = workflow.document.guarantees.passes[_number(judgement)]
    with _walked(workflow, judgement) as replay:
        been = {entry.dest for entry in replay.history()}
        assert replay.case.state == passes.state
        assert been.isdisjoint(passes.after)


def _number(judgement: Judgement) -> int:
    return int(judgement.guarantee.split("[")[1][:-1])


def _nowhere_possible(workflow: Workflow, judgement: Judgement) -> None:
    pattern = workflow.document.guarantees.possible[_number(judgement)]
    for seed in range(8):
        with Replay(workflow) as replay:
            entries = replay.wander(seed)
            cases = [None, *(rebuilt(replay.case, entries[: e.revision]) for e in entries)]
            for before, entry in zip(cases, entries, strict=False):
                name = entry.actor.rpartition("-")[0]
                assert not fits(workflow, pattern, before, entry, name, {})


def _possible_after_all(workflow: Workflow, judgement: Judgement) -> None:
    promised = workflow.document.guarantees.impossible
    assert _number(judgement) < len(promised)
    pattern = promised[_number(judgement)]
    last = judgement.path[-1]
    with Replay(workflow).walk(judgement.path[:-1]) as replay:
        before = replay.case
        replay.walk(judgement.path[-1:])
        assert fits(workflow, pattern, before, replay.history()[-1], last.who, last.data)
        assert not pattern.was or any(
            replay.history()[-1].actor in _who_held(before, part) for part in pattern.was
        )


def fits(
    workflow: Workflow,
    pattern: Pattern,
    before: Case | None,
    entry: Entry,
    who: str,
    data: Any,
) -> bool:
    """Whether what really happened is what a pattern speaks of."""
    if before is None:
        return False
    entered = entry.dest if entry.dest != entry.source else None
    if not (
        pattern.trigger in (None, entry.trigger)
        and (not pattern.from_ or entry.source in pattern.from_)
        and pattern.to in (None, entered)
        and pattern.by in (None, who, "anyone")
        and pattern.raises in (None, entry.changes.set.get("tier"))
    ):
        return False
    document = workflow.document
    when = conditions_reader(document).condition(pattern.when, "")
    calendar = load_calendar(document.calendar)
    world = World(calendar.as_known(calendar.local_date(entry.at)), MemoryDirectory())
    call = Call(entry.trigger, CLOCK, utc(entry.at), data)
    return when is None or when.holds(Asked(workflow, {}, before, call, world))


CHECKS: dict[str, Check] = {
    "G1 owner": _nobody_owns_it,
    "G1 rung ahead": _nothing_rings,
    "G2 way out": _never_ends,
    "G2 somebody leaves": _never_ends_without,
    "G3 rungs are taken": _rings_into_a_refusal,
    "G3 unattended": _does_not_climb,
    "unattended_reaches": _too_slow,
    "G4 nobody ends his own work": _ended_by_a_worker,
    "nobody moves a case beyond his tier": _moved_beyond,
    "G6 no time given back": _time_given_back,
    "re-opening ends": _opens_for_ever,
    "cycles_at_most": _more_cycles,
    "G7 the tier never falls": _falls,
    "every state is reached": _not_reached,
    "every transition can be taken": _not_taken,
    "a case can be opened": _not_opened,
    "passes": _passed_by,
    "possible": _nowhere_possible,
    "impossible": _possible_after_all,
}
