"""Mutants, a few of them: the whole count is `make mutants`.

Controls: a document that says the same is found by nothing, and one mutant of each kind is found
by whoever is to find it.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from flowcase.workflows.document import read_workflow
from tests.mutation.documents import Mutant, mutants_of, written
from tests.mutation.harmless import Harmless, harmless_mutants, refutation
from tests.mutation.judging import Finder, Finding, judged
from tests.mutation.running import SCENARIOS, scenarios_of, shipped_texts
from tests.mutation.tally import Tally

MAYOR_LINE = shipped_texts()["mayor_line"]
MUTANTS = {each.name: each for each in mutants_of(MAYOR_LINE)}

#: One for each that finds faults, and by what.
KNOWN: dict[str, tuple[Finder, str]] = {
    "roles.unit: removed": ("reading", "no role is called 'unit'"),
    "escalate_to_mayor.dest: removed": ("guarantee", "G3 unattended"),
    "return.unless: removed": ("promise", "impossible["),
    "clocks.signing.terms[0].workdays: 1 -> 2": ("scenario", "test_"),
    "sign.tell: removed": ("scenario", "test_"),
}
#: Every so many are judged here.
EVERY = 200


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWCASE_MUTANTS", str(tmp_path))


def test_there_are_hundreds_of_them_and_none_breaks_the_grammar() -> None:
    assert len(MUTANTS) > 500
    assert all(tomllib.loads(each.text) for each in MUTANTS.values())


@pytest.mark.parametrize("name", shipped_texts())
def test_a_document_written_anew_says_the_same(name: str) -> None:
    text = shipped_texts()[name]
    again = written(tomllib.loads(text))
    assert read_workflow(again).document == read_workflow(text).document


@pytest.mark.parametrize("name", shipped_texts())
def test_whatever_is_listed_as_harmless_is_a_mutant(name: str) -> None:
    mutants = {each.name for each in mutants_of(shipped_texts()[name])}
    assert harmless_mutants(name).keys() <= mutants


@pytest.mark.skipif(
    "FLOWCASE_MUTANTS" not in os.environ,
    reason="takes minutes: make mutants asks of every fault, FLOWCASE_MUTANTS=1 of a sample here",
)
def test_every_sampled_fault_is_found_and_what_is_none_is_not() -> None:
    harmless = harmless_mutants("mayor_line")
    sample = [each for each in list(MUTANTS.values())[::EVERY] if each.name not in harmless]
    known = [MUTANTS[name] for name in KNOWN]
    found = judged([*sample, *known], scenarios_of("mayor_line"))
    tally = Tally("mayor_line", found, set())
    assert tally.missed == ()
    for name, (finder, by) in KNOWN.items():
        assert found[name].finder == finder
        assert by in found[name].by
    same = Mutant("nothing", written(tomllib.loads(MAYOR_LINE)))
    few = (SCENARIOS / "test_d13_return.py", SCENARIOS / "test_d01_trial_year.py")
    assert judged([same], few) == {"nothing": Finding("missed")}


def test_a_claim_that_a_fault_is_harmless_does_not_hold() -> None:
    def claim(name: str) -> Harmless:
        return Harmless(name, "because", "moves")

    fault, none = "return.unless: removed", "return.tell: removed"
    assert refutation(MAYOR_LINE, MUTANTS[none].text, claim(none)) is None
    assert refutation(MAYOR_LINE, MUTANTS[fault].text, claim(fault)) is not None
