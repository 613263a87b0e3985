"""Nets: a workflow as a net whose one token is the case, and PNML that says the same."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from flowcase.petri import BEGIN, END, Net, Step, of_workflow, to_pnml
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import Workflow
from tests.small import DOCUMENT

PNML = "{http://www.pnml.org/version-2009/grammar/pnml}"
WORKFLOWS = [*shipped_workflows().values(), read_workflow(DOCUMENT)]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_the_net_has_a_transition_for_each_move_there_is(workflow: Workflow) -> None:
    net = of_workflow(workflow)
    moves = {(step.label, *_ends(net, step)) for step in net.transitions}
    expected: set[tuple[str | None, str, str]] = {("open", BEGIN, workflow.document.intake.dest)}
    for transition in workflow.transitions:
        for source in transition.sources:
            expected.add((transition.trigger, source, transition.dest or source))
    for name, state in workflow.document.states.items():
        if state.final:
            expected.add((None, name, END))
        else:
            expected |= {("ring", name, name), ("recompute", name, name)}
    assert expected <= moves
    assert {move for move in moves - expected if move[1] != move[2]} == set()
    assert (net.initial, net.final) == ((BEGIN,), (END,))


def _ends(net: Net, step: Step) -> tuple[str, str]:
    """Return the one place a transition takes the token from, and the one it puts it on."""
    (source,) = [a for a, b in net.arcs if b == step.name]
    (dest,) = [b for a, b in net.arcs if a == step.name]
    return source, dest


def test_pnml_says_what_the_net_is() -> None:
    net = Net(
        name='a "net" <&>',
        places=("p & q", "r"),
        transitions=(Step("first", "do <it>"), Step("second", None)),
        arcs=(("p & q", "first"), ("first", "r"), ("r", "second"), ("second", "p & q")),
        initial=("p & q", "p & q"),
        final=("r",),
    )
    root = ElementTree.fromstring(to_pnml(net))
    named = {
        node.get("id"): node.findtext(f"{PNML}name/{PNML}text")
        for node in (*root.iter(f"{PNML}place"), *root.iter(f"{PNML}transition"))
        if node.get("id")
    }
    assert list(named.values()) == ["p & q", "r", "do <it>", "second"]
    arcs = [(named[a.get("source")], named[a.get("target")]) for a in root.iter(f"{PNML}arc")]
    assert arcs == [("p & q", "do <it>"), ("do <it>", "r"), ("r", "second"), ("second", "p & q")]
    marked = [each.findtext(f"{PNML}text") for each in root.iter(f"{PNML}initialMarking")]
    assert marked == ["2"]
    assert [each.get("activity") for each in root.iter(f"{PNML}toolspecific")] == ["$invisible$"]
    assert to_pnml(net) == to_pnml(net)


@pytest.mark.parametrize(
    "broken",
    [
        {"places": ("p", "t")},
        {"arcs": (("p", "q"),)},
        {"arcs": (("p", "nowhere"),)},
        {"initial": ("nowhere",)},
    ],
)
def test_a_net_that_is_none_is_our_own_mistake(broken: dict[str, tuple[object, ...]]) -> None:
    sound = {
        "name": "net",
        "places": ("p", "q"),
        "transitions": (Step("t", "t"),),
        "arcs": (("p", "t"), ("t", "q")),
        "initial": ("p",),
    }
    assert Net(**sound).places == ("p", "q")  # type: ignore[arg-type]  # as it stands above
    with pytest.raises(AssertionError):
        Net(**{**sound, **broken})  # type: ignore[arg-type]  # broken on purpose


def test_distinct_labels_say_where_a_trigger_leads() -> None:
    workflow = next(each for each in WORKFLOWS if each.name == "mayor_line")
    for distinct, several in ((False, True), (True, False)):
        net = of_workflow(workflow, distinct=distinct)
        moves = [(_ends(net, step)[0], step.label) for step in net.transitions if step.label]
        assert (len(set(moves)) < len(moves)) is several, "one rating leads to three states"
