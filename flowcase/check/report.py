"""Check: what the structure of a workflow says about it, before a case is ever opened.

Words that do not fit together are refused when a document is read (lint.py). Here its transitions
are followed: an error is certain, whatever happens to a case; what may but need not be so is a
note. What holds in every case that can come about is proved by prover.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from flowcase.check.findings import CheckFinding, CheckReport, Kind, listed
from flowcase.check.reach import Blocked, Edge, Reach, explore, place_of, way_of, written
from flowcase.workflows.rules import Transition, Workflow

Judge = Callable[[Workflow, Reach], Iterator[CheckFinding]]


def check_workflow(workflow: Workflow) -> CheckReport:
    """Check the structure of a workflow. Errors come first; within them, the document's order."""
    reach = explore(workflow)
    judges = _JUDGES if reach.opening is None else (_opening,)
    found = dict.fromkeys(finding for judge in judges for finding in judge(workflow, reach))
    return CheckReport(
        workflow=workflow.name,
        version=workflow.document.version,
        states=len(workflow.document.states),
        transitions=len(workflow.transitions),
        clocks=len(workflow.clocks),
        findings=tuple(sorted(found, key=lambda each: each.severity)),
    )


# -- states ---------------------------------------------------------------------------------------


def _opening(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    if reach.opening is not None:
        words = listed(reach.opening.about)
        yield CheckFinding(
            "opening_refused",
            "error",
            "intake",
            f"no case can ever be opened: {workflow.intake.dest!r} needs {words}, which the "
            "opening does not give",
            f"无法立案：“{workflow.intake.dest}”要求 {words}，而立案时并不提供",
        )


def _states(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    refused = _refused_by_needs(reach, workflow)
    for state in workflow.document.states:
        if state not in reach.known and state not in refused:
            yield CheckFinding(
                "unreached_state",
                "error",
                f"states.{state}",
                "is never reached: no transition that can be taken leads here from the intake",
                "不可到达：从立案起没有可行的流转通向此状态",
            )


def _ends(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """States from which no final state can be reached."""
    document = workflow.document
    final = {name for name, state in document.states.items() if state.final}
    if not final:
        yield CheckFinding(
            "no_final_state",
            "error" if document.closed_loop else "note",
            "states",
            "none is final: no case can ever be finished",
            "没有终态：任何事项都无法办结",
        )
        return
    finishing = _leading_to(reach.edges, final)
    for state in reach.known:
        if state in finishing:
            continue
        way = way_of(reach.paths[state], document.intake.dest)
        if any(edge.source == state and edge.dest != state for edge in reach.edges):
            others = sorted({edge.dest for edge in reach.edges if edge.source == state})
            yield CheckFinding(
                "dead_end",
                "error",
                f"states.{state}",
                f"no final state can be reached from here; it leads to {listed(others)} only; "
                f"a case gets here so: {way}",
                f"由此无法到达任何终态；只能到 {listed(others)}；到达此处的途径：{way}",
            )
        else:
            yield CheckFinding(
                "no_way_out",
                "error",
                f"states.{state}",
                f"is not final, and no transition that can be taken leads on; a case gets here "
                f"so: {way}",
                f"不是终态，却没有可行的流转离开；到达此处的途径：{way}",
            )


def _leading_to(edges: Iterable[Edge], goals: set[str]) -> set[str]:
    """Return the states from which one of the goals can be reached, the goals included."""
    into: dict[str, set[str]] = {}
    for edge in edges:
        into.setdefault(edge.dest, set()).add(edge.source)
    found, todo = set(goals), list(goals)
    while todo:
        fresh = into.get(todo.pop(), set()) - found
        found |= fresh
        todo += fresh
    return found


# -- transitions ----------------------------------------------------------------------------------


def _transitions(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Transitions that are never taken: from any state (an error), or from some (a note)."""
    refused = _refused_by_needs(reach, workflow)
    for transition in workflow.transitions:
        reached = [state for state in transition.sources if state in reach.known]
        blocks = {
            state: reach.blocked[transition.index, state]
            for state in reached
            if (transition.index, state) in reach.blocked
        }
        if not blocks:
            continue
        everywhere = len(blocks) == len(reached)
        if everywhere and transition.dest in refused:
            continue  # said of the state it would lead to
        for block in dict.fromkeys(blocks.values()):
            states = [state for state in blocks if blocks[state] == block]
            if everywhere or not _anywhere(workflow, transition):
                yield _never_taken(transition, block, states, certain=everywhere)


def _anywhere(workflow: Workflow, transition: Transition) -> bool:
    """Whether a transition is written for every state, and so need not be possible in each."""
    rules = workflow.document.transitions
    return not written(workflow, transition) or rules[transition.index].source == "*"


def _never_taken(
    transition: Transition, block: Blocked, states: list[str], *, certain: bool
) -> CheckFinding:
    kind, en, zh = _because(transition, block)
    where = listed(states)
    return CheckFinding(
        kind,
        "error" if certain else "note",
        place_of(transition),
        f"is never taken from {where}: {en}",
        f"从 {where} 永不会发生：{zh}",
    )


def _because(transition: Transition, block: Blocked) -> tuple[Kind, str, str]:
    about = listed(block.about)
    match block.why:
        case "nobody":
            return (
                "nobody_may",
                f"nobody can hold {about} by then; nothing before it appoints anybody",
                f"届时无人担任 {about}；此前没有任何环节指定",
            )
        case "no_clock":
            return (
                "never_rung",
                f"no clock with on_due = {transition.trigger!r} runs there",
                f"没有以“{transition.trigger}”为到期动作的时钟在此运行",
            )
        case "when":
            return (
                "never_met",
                f"its condition never holds there, because of {about or 'the tier'}",
                f"其条件在此永不成立，涉及：{about or '层级'}",
            )
        case "needs":
            return (
                "never_met",
                f"the state it leads to needs {about}, never so by then",
                f"所到状态要求 {about}，届时必不满足",
            )
        case "shadowed":
            first = place_of(block.first) if block.first is not None else ""
            return (
                "shadowed",
                f"{first} is always taken first; let this one stand before it, or narrow that one",
                f"{first} 总是先被采用；请调整先后或收窄其条件",
            )


def _refused_by_needs(reach: Reach, workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Return the states no case gets into because of their own needs, and what they lack."""
    lacking: dict[str, tuple[str, ...]] = {}
    for (index, _), block in reach.blocked.items():
        dest = workflow.transitions[index].dest
        if block.why == "needs" and dest is not None and dest not in reach.known:
            lacking[dest] = tuple(dict.fromkeys((*lacking.get(dest, ()), *block.about)))
    return lacking


def _needs(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    for state, words in _refused_by_needs(reach, workflow).items():
        yield CheckFinding(
            "needs_never_met",
            "error",
            f"states.{state}.needs",
            f"asks for {listed(words)}, never so when a case would get here; no case ever does",
            f"要求 {listed(words)}，而到达时必不满足；任何事项都到不了此状态",
        )


def _clocks(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Clocks no case ever starts."""
    for clock in workflow.clocks.values():
        reached = {state for state in clock.runs_in if state in reach.known}
        if clock.starts_on:
            landing = {
                edge.dest for edge in reach.edges if edge.transition.trigger in clock.starts_on
            }
            if "open" in clock.starts_on:
                landing.add(workflow.document.intake.dest)
            reached &= landing
        if not reached:
            by = listed(sorted(clock.starts_on)) or "entering"
            yield CheckFinding(
                "clock_never_starts",
                "error",
                f"clocks.{clock.name}",
                f"never starts: {by} never leads to a state it runs in",
                f"永不启动：{by} 从不通向其运行的状态",
            )


# -- what is declared ----------------------------------------------------------------------------


def _declared(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Participants and fields nothing gives, and words nothing names."""
    document = workflow.document
    rules = [each for each in workflow.transitions if written(workflow, each)]
    given = {name for each in (workflow.intake, *rules) for name in each.data}
    given |= {name for names in workflow.sought.values() for name in names}
    given |= {name for name, each in document.participants.items() if each.role is None}
    named = _named(workflow)
    tables: tuple[tuple[str, Iterable[str]], ...] = (
        ("roles", document.roles),
        ("participants", document.participants),
        ("fields", document.fields),
        ("registers", document.registers),
    )
    for table, names in tables:
        for name in names:
            path = f"{table}.{name}"
            if name not in named and name not in given:
                yield CheckFinding(
                    "unused", "note", path, "is declared and never used", "已声明而从未使用"
                )
            elif table in ("participants", "fields") and name not in given:
                yield CheckFinding(
                    "never_given",
                    "note",
                    path,
                    "is asked for, but nothing ever gives it: no requires, no accepts, no find",
                    "被用到，但没有任何环节提供：requires、accepts、find 均未涉及",
                )


def _named(workflow: Workflow) -> set[str]:
    """Return every role, participant, field and register that something names."""
    document = workflow.document
    named = {
        name for each in (workflow.intake, *workflow.transitions) for name in (*each.by, *each.tell)
    }
    for each in workflow.transitions:
        named |= {*each.not_holders, *each.not_roles, *each.clears}
    conditions = [
        *workflow.needs.values(),
        *(each.when for each in workflow.transitions),
        *(each.unless for each in workflow.transitions),
    ]
    named |= {ask.name for each in conditions if each is not None for ask in each.asks()}
    for clock in workflow.clocks.values():
        named |= {*clock.reads, *clock.tell, *(name for warn in clock.warn for name in warn.tell)}
    for participant in document.participants.values():
        named |= {participant.role} if participant.role is not None else set()
        if participant.find is not None:
            named |= {participant.find.in_charge_of, participant.find.otherwise}
    for child in document.children.values():
        named |= {*child.copy_.values(), *child.participants.values()}
    for successor in document.successors.values():
        named |= {*successor.copy_.values(), *successor.participants.values()}
    named |= {state.owner for state in document.states.values() if state.owner is not None}
    return named | ({document.intake.register_} if document.intake.register_ else set())


_JUDGES: tuple[Judge, ...] = (
    _states,
    _ends,
    _transitions,
    _needs,
    _clocks,
    _declared,
)
