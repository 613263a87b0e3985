"""The minor offences are proved with both answers of the records; a rule taken out is missed."""

from __future__ import annotations

import pytest

from flowcase.check.prover import prove
from flowcase.workflows.document import read_workflow, shipped_workflows

WORKFLOW = shipped_workflows()["minor_offence"]


def _refuted(text: str) -> set[str]:
    return {each.guarantee for each in prove(read_workflow(text)).refuted}


def test_all_of_it_is_proved() -> None:
    proof = prove(WORKFLOW)
    assert (proof.refuted, proof.undecided) == ((), ())


@pytest.mark.parametrize(
    "rule, instead, broken",
    [
        (", found_before = false }\nrequires", " }\nrequires", "impossible[0]"),
        ('when = { harm = ["none", "slight"], found', "when = { found", "impossible[1]"),
        (
            'when = { penalty = "fine", heard = true, already_fined = false }',
            'when = { penalty = "fine", heard = true }',
            "impossible[7]",
        ),
        ("fine = { at_most = 200 }", "fine = { at_most = 201 }", "impossible[3]"),
        ("fine = { at_most = 3000 }", "fine = { at_most = 3001 }", "impossible[4]"),
    ],
)
def test_a_rule_taken_out_is_missed(rule: str, instead: str, broken: str) -> None:
    assert WORKFLOW.text.count(rule) == 1, "the control must change one thing"
    assert broken in _refuted(WORKFLOW.text.replace(rule, instead))
