"""An independent opinion: pm4py judges the nets of our graphs sound or unsound, as `check` does.

What is compared: whether every case can end (G2), also if somebody leaves, and whether nothing is
dead; not only the verdict, but the cases from which there is no way out, one by one. All nets are
judged by their markings; those of at most MOST_PLACES places by Woflan too, which would take more
than 100 s for the mayor line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from flowcase.check.verdicts import Subject
from flowcase.petri import Net, to_pnml
from flowcase.workflows.document import shipped_workflows
from tests.documents.opinions import (
    Opinion,
    leavers,
    opinion,
    opinion_without,
    searched,
    without,
)
from tests.documents.replayed import read_as_it_is
from tests.documents.test_broken import BROKEN, SOUND, head, listed
from tests.judging import judged_by, python_of_judge

#: Woflan's time grows with the cube: 0.04 s for 24 places, 1.6 s for 140. With 200 it judges whole
#: all but the mayor line and what is made of the ladder if somebody leaves.
MOST_PLACES = int(os.environ.get("FLOWCASE_WOFLAN_PLACES", "30"))

#: What a net with one token says of a document; an unsound one is refuted by one of these.
EXPRESSED = {"G2 way out", "G2 somebody leaves", "a case can be opened"}

#: What it cannot say, why, and the broken documents that are refuted by nothing else.
UNSAID = """
G1 owner: a token has no owner
    ownerless
G1 rung ahead: who moves a token is not said: a clock that rings is a move like any other
    clock_not_started clock_rang_once clock_stopped no_clock
G3 rungs are taken: a refused rung is no move at all; others still lead on
    rings_into_cleared rings_into_clock rings_into_cycle rings_into_fired rings_into_needs
    rings_into_tier rings_into_times rings_into_unless rings_into_when
G3 unattended: that the others do nothing cannot be said: every move may be made
    clocks_go_round stuck_at_the_party stuck_below_the_top stuck_when_handed_back
    tier_never_reached tier_skipped
unattended_reaches: a move takes no time
    unattended_too_slow
G4 nobody ends his own work: a move does not say whose it is
    helper_approves other_trigger_closes self_approval
nobody moves a case beyond his tier: a move does not say whose it is, nor a place of which tier
    moved_by_the_tier_below moved_from_below
G6 no time given back: a place does not say how long; going round for ever is sound
    due_counts_afresh endless_pause endless_pause_roundabout
re-opening ends: going round for ever is sound: an end stays possible
    endless_reopening
cycles_at_most: however often it goes round, an end stays possible
    one_cycle_too_many
G7 the tier never falls: a place is of no tier
    tier_falls tier_falls_late
every state is reached: the net is of the cases there are; of a state never reached there is none
    unreached
every transition can be taken: the net is of the moves there are; what is never taken is none
    clears_what_is_needed count_too_high needs_never_met nobody_may own_extension shadowed
    tier_too_low when_contradicts when_never_holds
passes: sound is whatever way leads to an end
    passed_by plain_passed_by
possible: the net is of the moves there are, and asks for none in particular
    possible_for_nobody possible_never possible_nowhere
impossible: sound is every move after which an end stays possible
    impossible_by impossible_clock impossible_count impossible_cycle impossible_field
    impossible_from impossible_guard impossible_number impossible_party impossible_raises
    impossible_was
"""


@dataclass(frozen=True)
class World:
    """What was searched, what we say of it, and what the judge says, each by the net's name."""

    subjects: Mapping[str, Subject]
    opinions: Mapping[str, Opinion]
    judged: Mapping[str, dict[str, Any]]


def name_of(path: Path) -> str:
    """Return how the net of a document is called: by its folder and its name."""
    return f"{path.parent.name}.{path.stem}"


PROVED = [*(f"shipped.{name}" for name in shipped_workflows()), *map(name_of, SOUND)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Every document, ours and broken; and nets damaged on purpose. The judge is asked once."""
    python_of_judge()  # before anything is searched in vain
    workflows = {name_of(path): read_as_it_is(path) for path in (*SOUND, *BROKEN)}
    workflows |= {f"shipped.{name}": workflow for name, workflow in shipped_workflows().items()}
    subjects = {name: searched(workflow) for name, workflow in workflows.items()}
    opinions = {name: opinion(subject) for name, subject in subjects.items()}
    for name, subject in subjects.items():
        for leaver in leavers(subject) if opinions[name].opened else ():
            opinions[f"{name} without {leaver}"] = opinion_without(subject, leaver)
    for name in ("sound.line", "sound.plain", "sound.guarded"):
        opinions |= _damaged(name, subjects[name])
    nets = {name: each.net for name, each in opinions.items()} | _with_an_arc_less(
        opinions["sound.plain"].net
    )
    return World(subjects, opinions, _asked(nets, tmp_path_factory.mktemp("nets")))


def _damaged(name: str, subject: Subject) -> dict[str, Opinion]:
    """Return what we say of a graph if it has no move from one case to another: for each two."""
    pairs = dict.fromkeys((edge.source, edge.dest) for edge in subject.graph.edges)
    return {f"{name} less {pair}": opinion(_less(subject, {pair})) for pair in pairs}


def _less(subject: Subject, pairs: set[tuple[int, int]]) -> Subject:
    graph = without(subject.graph, lambda edge: (edge.source, edge.dest) in pairs)
    return replace(subject, graph=graph)


def _with_an_arc_less(net: Net) -> dict[str, Net]:
    return {
        f"arc {number}": replace(net, arcs=net.arcs[:number] + net.arcs[number + 1 :])
        for number in range(len(net.arcs))
    }


def _asked(nets: Mapping[str, Net], folder: Path) -> dict[str, dict[str, Any]]:
    """Return what the judge says of nets; those that are the same are shown to it once."""
    texts = {name: to_pnml(replace(net, name="net")) for name, net in nets.items()}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts.values()))}
    paths = [folder / f"{number}.pnml" for number in numbers.values()]
    for path, text in zip(paths, numbers, strict=True):
        path.write_text(text, encoding="utf-8")
    program = Path(__file__).with_name("soundness.py")
    judged = judged_by(program, (str(MOST_PLACES), *paths))
    return {name: judged[numbers[text]] for name, text in texts.items()}


def disagreements(
    opinions: Mapping[str, Opinion], judged: Mapping[str, dict[str, Any]]
) -> Iterable[str]:
    """Return the nets of which the judge says something else than we."""
    for name, ours in opinions.items():
        theirs = judged[name]
        stuck = set(theirs["stuck"]) - {"[begin]"}
        if (
            theirs["sound"] != ours.sound
            or theirs["woflan"] not in (None, ours.sound)
            or stuck != ours.stuck
        ):
            yield name


def test_the_judge_says_of_every_document_what_we_say(world: World) -> None:
    assert list(disagreements(world.opinions, world.judged)) == []
    for name, ours in world.opinions.items():
        judged = world.judged[name]
        assert judged["places"] == len(ours.net.places), "it read the net we wrote"
        assert judged["transitions"] == len(ours.net.transitions)


@pytest.mark.parametrize("name", PROVED)
def test_what_is_proved_is_sound(world: World, name: str) -> None:
    somebody_left = _about(world, f"{name} without ")
    assert len(somebody_left) == len(leavers(world.subjects[name]))
    assert all(each["sound"] for each in (world.judged[name], *somebody_left))


@pytest.mark.parametrize("path", BROKEN, ids=name_of)
def test_a_broken_document_is_unsound_exactly_in_what_a_net_says_and_it_is_refuted_for(
    world: World, path: Path
) -> None:
    refuted = refuted_for(path)
    judged = world.judged[name_of(path)]
    somebody_left = _about(world, f"{name_of(path)} without ")
    found = set()
    if judged["markings"] == 1:
        found.add("a case can be opened")
    elif not judged["sound"]:
        found.add("G2 way out")
    if any(place.startswith("left ") for each in somebody_left for place in each["stuck"]):
        found.add("G2 somebody leaves")
    assert found == refuted & EXPRESSED


def refuted_for(path: Path) -> set[str]:
    """Return the guarantees that a broken document says are refuted."""
    said = head(path)
    return {said["refuted"], *listed(said.get("also", ""))}


def _about(world: World, start: str) -> list[dict[str, Any]]:
    return [each for name, each in world.judged.items() if name.startswith(start)]


def test_every_document_a_net_cannot_express_is_named_with_the_reason() -> None:
    unsaid: dict[str, set[str]] = {}
    for path in BROKEN:
        if not refuted_for(path) & EXPRESSED:
            guarantee = re.sub(r"\[\d+\]", "", head(path)["refuted"])
            unsaid.setdefault(guarantee, set()).add(path.stem)
    named: dict[str, set[str]] = {}
    guarantee = ""
    for line in UNSAID.strip().splitlines():
        if line[:1] == " ":
            named[guarantee] |= set(line.split())
        else:
            guarantee, _, reason = line.partition(": ")
            assert reason
            named[guarantee] = set()
    assert named == unsaid


def test_woflan_itself_judges_most_nets_and_agrees_with_the_markings(world: World) -> None:
    by_woflan = [each for each in world.judged.values() if each["woflan"] is not None]
    assert len(by_woflan) > len(world.judged) / 2
    assert {each["woflan"] for each in by_woflan} == {True, False}
    assert [each for each in by_woflan if each["woflan"] != each["sound"]] == []
    judged_whole = {name for name, each in world.judged.items() if each["woflan"] is not None}
    assert {"shipped.department_task", "sound.line", "sound.plain"} <= judged_whole
    assert {name_of(path) for path in BROKEN if "G2 way out" in refuted_for(path)} <= judged_whole


# -- controls: the judge can say no, and a wrong opinion is noticed ------------------------------


def test_a_sound_net_with_any_arc_removed_is_unsound(world: World) -> None:
    damaged = _about(world, "arc ")
    assert len(damaged) == len(world.opinions["sound.plain"].net.arcs) >= 20
    assert [each for each in damaged if each["sound"] or each["woflan"]] == []


def test_moves_removed_from_a_graph_make_it_stuck_or_dead_or_neither_and_both_say_which(
    world: World,
) -> None:
    damaged = {name: each for name, each in world.opinions.items() if " less " in name}
    assert any(each.sound for each in damaged.values())
    assert any(each.stuck for each in damaged.values())
    assert any(each.dead and not each.stuck for each in damaged.values())
    for name, ours in damaged.items():
        assert bool(world.judged[name]["dead"]) == (ours.dead or not ours.opened)


def test_an_opinion_altered_on_purpose_is_noticed(world: World) -> None:
    for name, ours in world.opinions.items():
        turned = replace(ours, stuck=frozenset() if ours.stuck else frozenset({"case 0"}))
        assert list(disagreements({name: turned}, world.judged)) == [name]
        assert list(disagreements({name: ours}, world.judged)) == []


def test_a_check_that_forgets_the_clocks_is_noticed(world: World) -> None:
    forgetful = {
        name: opinion(
            replace(subject, graph=without(subject.graph, lambda edge: edge.kind == "ring"))
        )
        for name, subject in world.subjects.items()
    }
    noticed = set(disagreements(forgetful, world.judged))
    assert {"shipped.mayor_line", "shipped.department_task", "sound.ladder"} <= noticed
