"""Catalogues: options from a data file, under the same digest as the document that names them."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

import flowcase
from flowcase.case import Actor
from flowcase.errors import DocumentError
from flowcase.time import ManualClock
from flowcase.workflows import catalogues
from flowcase.workflows.document import read_workflow, read_workflow_file
from flowcase.workflows.rules import Workflow
from tests.small import DOCUMENT, changed
from tests.world import moment

COLOURS = """
name = "colours"
title = { zh = "颜色", en = "colours" }
source = "ours"

[entries.red]
title = { zh = "红", en = "red" }
law = "art. 1"
facts = { wavelength_nm = 700 }
[entries.blue]
title = { zh = "蓝", en = "blue" }
example = true
"""
NAMING = changed(
    ('options = ["red", "green"]', 'catalogue = "colours"'),
    ('unless = { colour = "green" }', 'unless = { colour = "blue" }'),
)


def _folder(tmp_path: Path, document: str = NAMING, catalogue: str | None = COLOURS) -> Path:
    (tmp_path / "small.toml").write_text(document, encoding="utf-8")
    if catalogue is not None:
        (tmp_path / "catalogues").mkdir(exist_ok=True)
        (tmp_path / "catalogues" / "colours.toml").write_text(catalogue, encoding="utf-8")
    return tmp_path / "small.toml"


def _refused(path: Path) -> str:
    with pytest.raises(DocumentError) as error:
        read_workflow_file(path)
    return str(error.value)


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    """The small document with colours from a catalogue."""
    return read_workflow_file(_folder(tmp_path))


def test_its_entries_are_the_options_with_their_titles(workflow: Workflow) -> None:
    field = workflow.document.fields["colour"]
    assert field.type == "choice"
    assert field.options == ["red", "blue"]
    assert workflow.title("blue", "zh", "words") == "蓝"


def test_a_document_calls_a_word_its_own_way(tmp_path: Path) -> None:
    own = 'words = { blue = { zh = "天蓝", en = "sky" } }\n' + NAMING.lstrip()
    assert read_workflow_file(_folder(tmp_path, own)).title("blue", "zh", "words") == "天蓝"


def test_without_a_catalogue_the_digest_is_that_of_the_bytes() -> None:
    workflow = read_workflow(DOCUMENT)
    assert workflow.digest == hashlib.sha256(DOCUMENT.encode()).hexdigest()
    assert workflow.text == DOCUMENT


def test_a_change_of_the_catalogue_is_a_change_of_the_digest(
    tmp_path: Path, workflow: Workflow
) -> None:
    changed_law = read_workflow_file(_folder(tmp_path, NAMING, COLOURS.replace("art. 1", "art. 2")))
    assert changed_law.digest != workflow.digest
    assert workflow.digest == hashlib.sha256(workflow.text.encode()).hexdigest()


def test_the_folded_text_is_enough_to_read_it_again(tmp_path: Path, workflow: Workflow) -> None:
    (tmp_path / "catalogues" / "colours.toml").unlink()
    again = read_workflow(workflow.text)
    assert (again.digest, again.document) == (workflow.digest, workflow.document)
    assert catalogues.inside(workflow.text)["colours"].entries["red"].facts == {
        "wavelength_nm": 700
    }
    assert "there is no catalogue 'colours'" in _refused(tmp_path / "small.toml")


def test_an_open_case_keeps_the_catalogue_it_was_opened_under(
    tmp_path: Path, sqlite_url: str
) -> None:
    _folder(tmp_path)
    clock = ManualClock(moment("2026-03-02 09:00"))
    clerk = Actor("c", roles={"clerk"})
    with closing(flowcase.open_engine(sqlite_url, workflows=[tmp_path], clock=clock)) as engine:
        old = engine.open("small", party="p", actor=Actor("p"), data={"what": "x"})
    _folder(
        tmp_path, NAMING.replace('"blue"', '"red"'), COLOURS.replace("entries.blue", "entries.pink")
    )
    with closing(flowcase.open_engine(sqlite_url, workflows=[tmp_path], clock=clock)) as engine:
        new = engine.open("small", party="p", actor=Actor("p"), data={"what": "x"})
        assert engine.may(old.id, "paint", clerk, {"colour": "pink"}).reasons[0].about == "colour"
        assert engine.may(new.id, "paint", clerk, {"colour": "pink"})
        assert engine.fire(old.id, "take", clerk, {"worker": "w", "colour": "blue"}).revision == 2


@pytest.mark.parametrize(
    "document, catalogue, said",
    [
        (NAMING, None, "it is looked for as catalogues/colours.toml beside the document"),
        (NAMING, COLOURS.replace('"colours"', '"hues"', 1), "calls itself 'hues'"),
        (NAMING, COLOURS + "surplus = 1\n", "entries.blue.surplus"),
        (NAMING, COLOURS.replace("entries.blue", "entries.given"), "conditions ask for it"),
        (NAMING, "name = ", "catalogue 'colours': not TOML"),
        (NAMING, COLOURS.replace("entries.blue", "entries.pink"), "blue cannot be; possible: red"),
        (
            changed(('options = ["red", "green"]', 'options = ["red"]\ncatalogue = "colours"')),
            COLOURS,
            "name either options or a catalogue",
        ),
        (DOCUMENT + "#:catalogue colours\n" + COLOURS, None, "no field names the catalogue"),
    ],
)
def test_what_does_not_fit_is_refused(
    document: str, catalogue: str | None, said: str, tmp_path: Path
) -> None:
    assert said in _refused(_folder(tmp_path, document, catalogue))


def test_a_catalogue_is_no_larger_than_a_document(tmp_path: Path) -> None:
    path = _folder(tmp_path, NAMING, COLOURS + "#" * 256 * 1024)
    assert "at most 262,144 bytes" in _refused(path)


# -- words of record questions and unique fields ---------------------------------------------------

QUESTION = """
[records.before]
workflow = "small"
same = ["party", "colour"]
within = { months = 12 }
states = ["done"]
"""
ASKING = changed(("size = { at_least = 3 }, ready = true", "ready = true, before = false"))


def test_a_question_to_the_records_is_a_fact_of_transitions() -> None:
    workflow = read_workflow(ASKING + QUESTION)
    asking = [each.trigger for each in workflow.transitions if each.records]
    assert asking == ["check"]


@pytest.mark.parametrize(
    "document, path, said",
    [
        (ASKING, "before", "no fact is called 'before'"),
        (ASKING + QUESTION.replace('"party", ', ""), "records.before.same", 'names "party"'),
        (ASKING + QUESTION.replace('"colour"', '"shape"'), "records.before.same", "no field"),
        (ASKING + QUESTION.replace('"colour"', '"what"'), "records.before.same", "is a text"),
        (ASKING + QUESTION.replace("12", "-1"), "records.before.within", "counted back"),
        (ASKING + QUESTION.replace('"done"', '"gone"'), "records.before.states", "no state"),
        (ASKING + QUESTION.replace("before", "size"), "records.size", "one word, one meaning"),
        (ASKING + QUESTION.replace("before]", "cycle]"), "records.cycle", "meaning of its own"),
        (
            ASKING.replace(
                'needs = { worker = "given" }', 'needs = { worker = "given", before = true }'
            )
            + QUESTION,
            "states.working.needs",
            "only `when` and `unless` of a transition that somebody fires",
        ),
        (
            ASKING.replace('by = ["clock"]', 'by = ["clock"]\nwhen = { before = true }') + QUESTION,
            "(climb).when",
            "only `when` and `unless` of a transition that somebody fires",
        ),
        (
            changed(("max_length = 20", "max_length = 201\nunique = true")),
            "fields.what.max_length",
            "of a unique text is at most 200",
        ),
    ],
)
def test_words_that_do_not_fit_are_found(document: str, path: str, said: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_workflow(document)
    assert any(path in each.path and said in each.message for each in error.value.findings)
