"""Petri nets: a net as values, a workflow as a net, and PNML, which other programs read.

A case is the one token of its workflow's net: the places are the states, and each transition moves
the token as the document says who may. Conditions, clocks and data are left out, so the net allows
more than the workflow does: whatever a case can live through, the net can replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from flowcase.workflows.language import RESERVED_TRIGGERS
from flowcase.workflows.rules import Workflow

#: Places that are no states: before the opening, and after the end. No state can be called so.
BEGIN, END = "[begin]", "[end]"

_PNML = "http://www.pnml.org/version-2009/grammar/pnml"
_PTNET = "http://www.pnml.org/version-2009/grammar/ptnet"


@dataclass(frozen=True, slots=True)
class Step:
    """A transition of a net: its name, unlike any other's, and what it does; None: silent."""

    name: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Net:
    """A place/transition net.

    arcs: from a place to a transition or from a transition to a place, by their names; each moves
    one token. initial, final: the places that hold a token in the beginning and in the end.
    """

    name: str
    places: tuple[str, ...]
    transitions: tuple[Step, ...]
    arcs: tuple[tuple[str, str], ...]
    initial: tuple[str, ...]
    final: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        places, steps = set(self.places), {step.name for step in self.transitions}
        named = len(self.places) + len(self.transitions)
        assert len(places | steps) == named, "no two nodes of a net have one name"
        assert all(
            (a in places and b in steps) or (a in steps and b in places) for a, b in self.arcs
        )
        assert places.issuperset((*self.initial, *self.final)), "tokens lie on places"


def of_workflow(workflow: Workflow, *, distinct: bool = False) -> Net:
    """Return the net of a workflow's states and transitions, labelled with the triggers.

    distinct: with "trigger+dest" instead, as the classifier "Activity and state" of our XES logs
    reads an event: then the present place and a label say which transition it is.

    What the engine enters by itself (a clock that only tells, a recount) may happen in every state
    that is not final. A token on a final place goes to the end, silently.
    """
    document = workflow.document
    moves = [(BEGIN, "open", document.intake.dest)]
    for transition in workflow.transitions:
        moves += [(at, transition.trigger, transition.dest or at) for at in transition.sources]
    for name, state in document.states.items():
        if not state.final:
            moves += [(name, own, name) for own in sorted(RESERVED_TRIGGERS - {"open"})]
    steps, arcs = [], []
    for source, trigger, dest in dict.fromkeys(moves):
        label = f"{trigger}+{dest}" if distinct else trigger
        step = Step(f"{source} {trigger} {dest}", label)
        steps.append(step)
        arcs += [(source, step.name), (step.name, dest)]
    for name, state in document.states.items():
        if state.final:
            step = Step(f"{name} {END}", None)
            steps.append(step)
            arcs += [(name, step.name), (step.name, END)]
    return Net(
        name=workflow.name,
        places=(BEGIN, *document.states, END),
        transitions=tuple(steps),
        arcs=tuple(arcs),
        initial=(BEGIN,),
        final=(END,),
    )


def to_pnml(net: Net) -> str:
    """Return a net as PNML (ISO/IEC 15909-2); the same net gives the same text.

    A final marking and silent transitions are written in the way of ProM, which others read too.
    """
    return "\n".join(pnml_lines(net)) + "\n"


def pnml_lines(net: Net) -> Iterator[str]:
    """Yield a net as the lines of its PNML."""
    ids = {name: f"p{number}" for number, name in enumerate(net.places)}
    ids |= {step.name: f"t{number}" for number, step in enumerate(net.transitions)}
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<pnml xmlns="{_PNML}">'
    yield f' <net id="net" type="{_PTNET}">'
    yield f"  {_named(net.name)}"
    yield '  <page id="page">'
    for place in net.places:
        tokens = net.initial.count(place)
        marked = f"<initialMarking><text>{tokens}</text></initialMarking>" if tokens else ""
        yield f'   <place id="{ids[place]}">{_named(place)}{marked}</place>'
    for step in net.transitions:
        yield f'   <transition id="{ids[step.name]}">{_labelled(step)}</transition>'
    for number, (source, target) in enumerate(net.arcs):
        yield f'   <arc id="a{number}" source="{ids[source]}" target="{ids[target]}"/>'
    yield "  </page>"
    if net.final:
        yield "  <finalmarkings><marking>"
        for place in dict.fromkeys(net.final):
            tokens = net.final.count(place)
            yield f'   <place idref="{ids[place]}"><text>{tokens}</text></place>'
        yield "  </marking></finalmarkings>"
    yield " </net>"
    yield "</pnml>"


def _named(name: str) -> str:
    return f"<name><text>{escape(name)}</text></name>"


def _labelled(step: Step) -> str:
    if step.label is not None:
        return _named(step.label)
    silent = quoteattr("$invisible$")
    return f'{_named(step.name)}<toolspecific tool="ProM" version="6.4" activity={silent}/>'
