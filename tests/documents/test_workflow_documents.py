"""The shipped workflows: each is read, checked, drawn, and says what it is in both languages."""

from pathlib import Path

import pytest

from flowcase.assets import packaged_folder
from flowcase.calendars.calendar import load_calendar
from flowcase.check.report import check_workflow
from flowcase.diagram.mermaid import mermaid
from flowcase.errors import DocumentError
from flowcase.workflows import catalogues
from flowcase.workflows.document import LARGEST_DOCUMENT, read_workflow, read_workflow_file
from flowcase.workflows.language import Document
from flowcase.workflows.rules import Workflow

FOLDER = packaged_folder("workflows")
SHIPPED = sorted(FOLDER.glob("*.toml"))


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Each document in turn."""
    shipped: Path = request.param
    return shipped


@pytest.fixture
def workflow(path: Path) -> Workflow:
    """Each document in turn, read."""
    return read_workflow_file(path)


def test_the_mayor_line_is_among_them() -> None:
    assert "mayor_line" in {path.stem for path in SHIPPED}


def test_a_document_is_called_as_its_file(path: Path, workflow: Workflow) -> None:
    assert workflow.name == path.stem
    assert workflow.text.encode().startswith(path.read_bytes()), "catalogues come behind"
    assert len(path.read_bytes()) < LARGEST_DOCUMENT // 2, "room to grow"


def test_nothing_is_certainly_wrong_with_it(workflow: Workflow) -> None:
    report = check_workflow(workflow)
    assert report.errors == ()
    assert {each.kind for each in report.notes} <= {"not_proved"}


def test_it_counts_days_by_a_calendar_there_is(workflow: Workflow) -> None:
    calendar = load_calendar(workflow.document.calendar)
    assert workflow.document.timezone in (None, calendar.timezone)


def test_it_can_be_drawn_in_both_languages(workflow: Workflow) -> None:
    for language in ("zh", "en"):
        assert mermaid(workflow, language).count("\n    state ") == len(workflow.document.states)


def test_everything_people_see_has_a_name_in_chinese(workflow: Workflow) -> None:
    document: Document = workflow.document
    titles = [
        document.title,
        *(state.title for state in document.states.values()),
        *(role.title for role in document.roles.values()),
        *(field.title for field in document.fields.values()),
        *(clock.title for clock in document.clocks.values()),
        *(
            document.triggers[rule.trigger].title if rule.trigger in document.triggers else None
            for rule in document.transitions
        ),
    ]
    assert all(title is not None for title in titles)
    assert all(
        any("\u4e00" <= character <= "\u9fff" for character in title.zh) and title.en.isascii()
        for title in titles
        if title is not None
    )


def test_its_catalogues_say_what_is_only_an_example(workflow: Workflow) -> None:
    for catalogue in catalogues.inside(workflow.text).values():
        assert catalogue.source
        assert all(entry.example for entry in catalogue.entries.values())


def test_every_catalogue_that_is_shipped_is_named_by_a_document() -> None:
    named = {name for path in SHIPPED for name in catalogues.inside(read_workflow_file(path).text)}
    assert named == {path.stem for path in (FOLDER / catalogues.FOLDER).glob("*.toml")}


def test_it_says_where_its_rules_come_from(workflow: Workflow) -> None:
    assert workflow.document.source


def test_a_state_taken_out_is_missed(workflow: Workflow) -> None:
    for name in workflow.document.states:
        with pytest.raises(DocumentError, match=f"no state is called '{name}'"):
            read_workflow(_without(workflow.text, f"[states.{name}]"))


def _without(text: str, header: str) -> str:
    """The document without a table and what stands in it."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith(header)
        if not inside:
            kept.append(line)
    assert len(kept) < len(text.splitlines())
    return "\n".join(kept)
