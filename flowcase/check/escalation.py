"""Escalation: whether the clocks of a workflow start, climb tier by tier, and are not refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from flowcase.check.findings import CheckFinding, Kind, listed
from flowcase.check.reach import Edge, Known, Reach, place_of
from flowcase.workflows import language
from flowcase.workflows.facts import Ask, ClockPhase, Condition, shown
from flowcase.workflows.rules import ClockRules, Transition, Workflow

#: More combinations of facts than this are not looked at.
MOST_COMBINATIONS = 20_000

Fact = tuple[str, str]


def clocks_never_started(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Clocks no case ever starts."""
    for clock in workflow.clocks.values():
        reached = {state for state in clock.runs_in if state in reach.known}
        if clock.starts_on:
            landing = {
                edge.dest for edge in reach.edges if edge.transition.trigger in clock.starts_on
            }
            if "open" in clock.starts_on:
                landing.add(workflow.document.intake.dest)
            starts = bool(reached & landing)
        else:
            starts = bool(reached)
        if not starts:
            by = listed(sorted(clock.starts_on)) or "entering"
            yield CheckFinding(
                "clock_never_starts",
                "error",
                f"clocks.{clock.name}",
                f"never starts: {by} never leads to a state it runs in",
                f"永不启动：{by} 从不通向其运行的状态",
            )


def tiers_out_of_order(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Tiers no case ever reaches, and clocks that skip one or would lower it."""
    tiers = workflow.document.tiers
    reached = {tier for known in reach.known.values() for tier in known.tiers}
    for tier in tiers:
        if tier not in reached:
            yield CheckFinding(
                "tier_unreached",
                "error",
                f"tiers.{tier}",
                "no case ever reaches this tier: no state and no transition raises it so far",
                "任何事项都不会升到这一层级：没有状态或流转将其提到此级",
            )
    for edge in reach.edges:
        if edge.transition.by_clock and tiers:
            yield from _climb(workflow, reach, edge)


def _climb(workflow: Workflow, reach: Reach, edge: Edge) -> Iterator[CheckFinding]:
    """A clock raises the tier by one at most, and never names a lower one."""
    entered = workflow.document.states[edge.dest].tier if edge.dest != edge.source else None
    goal = max(map(workflow.tier_rank, (edge.transition.tier, entered)))
    if goal < 0:
        return
    before = sorted(map(workflow.tier_rank, reach.known[edge.source].tiers))
    before = [rank for rank in before if _possible_at(workflow, edge, rank)]
    skips = [rank for rank in before if goal > rank + 1]
    lowers = [rank for rank in before if goal < rank]
    tiers = workflow.document.tiers
    said: tuple[tuple[list[int], Kind, str, str], ...] = (
        (skips, "tier_skipped", "skips a tier", "越级"),
        (
            lowers,
            "tier_lowered",
            "names a lower tier, and a tier never falls",
            "指向较低层级，而层级不会降低",
        ),
    )
    for ranks, kind, en, zh in said:
        if ranks:
            was = listed(tiers[rank] for rank in ranks)
            yield CheckFinding(
                kind,
                "error" if ranks == before else "note",
                place_of(edge.transition),
                f"the clock {en}: from {was} in {edge.source!r} to {tiers[goal]}",
                f"时钟触发时{zh}：在“{edge.source}”由 {was} 到 {tiers[goal]}",
            )


def _possible_at(workflow: Workflow, edge: Edge, rank: int) -> bool:
    """Whether `when` lets the transition be taken at a tier."""
    when, tier = edge.transition.when, workflow.document.tiers[rank]
    return when is None or any(
        all(tier in (ask.among or ()) for ask in table if ask.kind == "tier")
        for table in when.tables
    )


def rungs_refused(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Clocks whose trigger is refused when they ring."""
    for clock in workflow.clocks.values():
        if clock.on_due is None:
            continue
        for state in workflow.document.states:
            if state not in clock.runs_in or state not in reach.known:
                continue
            refused = _refusals_of(workflow, clock, state, reach.known[state])
            path = f"clocks.{clock.name}.on_due"
            if refused is None:
                yield CheckFinding(
                    "rung_refused",
                    "note",
                    path,
                    f"in {state!r} too many facts decide about it to try all their combinations",
                    f"在“{state}”中决定其结果的情形过多，未逐一检查",
                )
            elif refused.example is not None:
                yield _rung_refused(path, clock, state, refused)


def _rung_refused(path: str, clock: ClockRules, state: str, refused: _Refusals) -> CheckFinding:
    how = listed(f"{name} = {value}" for name, value in (refused.example or {}).items())
    return CheckFinding(
        "rung_refused",
        "error" if refused.always else "note",
        path,
        f"in {state!r} the clock {'always rings' if refused.always else 'may ring'} into a "
        f"refusal of {clock.on_due!r}" + (f", as when {how}" if how else ""),
        f"在“{state}”中时钟到期时“{clock.on_due}”{'必被' if refused.always else '可能被'}拒绝"
        + (f"，例如 {how}" if how else ""),
    )


# -- refusals -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Refusals:
    """always: whether it is refused in all circumstances. example: one of them, or None."""

    always: bool
    example: Mapping[str, str] | None


class _Circumstances:
    """One combination of facts, as conditions look at it."""

    def __init__(self, values: Mapping[Fact, Any], sought: Iterable[str]) -> None:
        self.facts: Mapping[str, Any] = {
            **{f"{kind}.{name}": value for (kind, name), value in values.items()},
            **{f"participants.{name}": "somebody" for name in sought},
        }
        self.tier: str | None = values.get(("tier", "tier"))
        self.cycle: int = values.get(("cycle", "cycle"), 1)
        self.party: str | None = values.get(("party", "party"), "somebody")
        self.expected: frozenset[str] | None = None

    def phase(self, clock: str) -> ClockPhase:
        phase: ClockPhase = self.facts["clocks." + clock]
        return phase


def _refusals_of(
    workflow: Workflow, clock: ClockRules, state: str, known: Known
) -> _Refusals | None:
    """Return whether a clock's trigger is refused in a state; None if that is too much to look at.

    Guards of the host are taken to let everything pass. Facts are combined freely within what
    may be known in the state, so that "always" is certain and "sometimes" is not.
    """
    candidates = [
        transition
        for transition in workflow.moves[state].get(clock.on_due or "", ())
        if transition.by_clock
    ]
    asks = [ask for each in candidates for ask in _asks(workflow, each, state)]
    domains: dict[Fact, tuple[Any, ...]] = {
        (ask.kind, ask.name): _domain(workflow, clock, state, known, ask, asks) for ask in asks
    }
    domains |= {("times", str(each.index)): (False, True) for each in candidates if each.times}
    if prod(map(len, domains.values())) > MOST_COMBINATIONS:
        return None
    example, always = None, True
    for combination in product(*domains.values()):
        values = dict(zip(domains, combination, strict=True))
        if _refused(workflow, candidates, state, values):
            example = example or _told(values)
        else:
            always = False
    return _Refusals(always, example)


def _asks(workflow: Workflow, transition: Transition, state: str) -> Iterator[Ask]:
    needs = workflow.needs.get(transition.dest or state)
    for condition in (transition.when, transition.unless, needs):
        if condition is not None:
            yield from condition.asks()


def _refused(
    workflow: Workflow,
    candidates: Iterable[Transition],
    state: str,
    values: Mapping[Fact, Any],
) -> bool:
    """Whether none of the candidates is taken, or the state the first one leads to refuses it."""
    view = _Circumstances(values, ())
    for transition in candidates:
        if values.get(("times", str(transition.index))):
            continue
        if _passes(transition, view):
            dest = transition.dest or state
            kept = {
                fact: value
                for fact, value in values.items()
                if fact[0] != "fields" or fact[1] not in transition.clears
            }
            needs: Condition | None = workflow.needs.get(dest)
            return needs is not None and not needs.holds(
                _Circumstances(kept, workflow.sought[dest])
            )
    return True


def _passes(transition: Transition, view: _Circumstances) -> bool:
    return (transition.when is None or transition.when.holds(view)) and (
        transition.unless is None or not transition.unless.surely_holds(view)
    )


def _domain(
    workflow: Workflow,
    clock: ClockRules,
    state: str,
    known: Known,
    ask: Ask,
    asks: Iterable[Ask],
) -> tuple[Any, ...]:
    """Return the values of a fact that make a difference."""
    match ask.kind:
        case "tier":
            return tuple(sorted(known.tiers, key=workflow.tier_rank))
        case "cycle":
            return _around(ask, asks, 1, None)
        case "fired":
            return _around(ask, asks, 0, None)
        case "clocks":
            return _phases(workflow.clocks[ask.name], clock, state)
        case "party":
            parties = {"required": ("somebody",), "optional": ("somebody", None), "none": (None,)}
            return parties[workflow.document.intake.party]
        case _:
            given = _given(workflow, ask, asks) if ask.name in known.may else ()
            return given if ask.name in known.must else (*given, None)


def _given(workflow: Workflow, ask: Ask, asks: Iterable[Ask]) -> tuple[Any, ...]:
    field = workflow.document.fields.get(ask.name) if ask.kind == "fields" else None
    match field:
        case language.ChoiceField():
            return tuple(field.options)
        case language.FlagField():
            return (True, False)
        case language.IntegerField():
            return _around(ask, asks, field.at_least, field.at_most)
        case _:
            return ("somebody" if field is None else "something",)


def _around(ask: Ask, asks: Iterable[Ask], lowest: int, highest: int | None) -> tuple[int, ...]:
    """Return the numbers on either side of every bound that is asked about."""
    bounds = [
        bound
        for each in asks
        if each.key == ask.key
        for bound in (each.at_least, each.at_most)
        if bound is not None
    ]
    numbers = {lowest, *(near for bound in bounds for near in (bound - 1, bound, bound + 1))}
    return tuple(sorted(n for n in numbers if n >= lowest and (highest is None or n <= highest)))


def _phases(asked: ClockRules, ringing: ClockRules, state: str) -> tuple[ClockPhase, ...]:
    """Return the phases a clock may be in when another rings in a state, or itself."""
    if asked.name == ringing.name:
        return ("due",)
    phases: list[ClockPhase] = ["stopped"]
    if state in asked.runs_in:
        phases = ["running", "due", *phases]
    if state in asked.pauses_in:
        phases.append("paused")
    if state not in asked.runs_in or asked.starts_on:
        phases.append("not_started")
    return tuple(phases)


def _told(values: Mapping[Fact, Any]) -> dict[str, str]:
    """Return the facts as a condition would write them."""
    told = {}
    for (kind, name), value in values.items():
        if kind == "times":
            if value:
                told[f"transitions[{name}]"] = "taken as often as it may be"
        else:
            key = f"{kind}.{name}" if kind in ("fired", "clocks") else name
            told[key] = "missing" if value is None else shown(value)
    return told
