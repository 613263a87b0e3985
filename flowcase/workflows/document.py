"""Documents: read from text, files and folders; whole, or refused with every finding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flowcase.assets import asset_folders, packaged_folder
from flowcase.errors import DocumentError, NotFound
from flowcase.workflows import catalogues, language
from flowcase.workflows.facts import Reader, vocabulary_of
from flowcase.workflows.lint import findings_in
from flowcase.workflows.reading import LARGEST_DOCUMENT, counted, read_model
from flowcase.workflows.relations import findings_of_kin
from flowcase.workflows.reported import report_findings
from flowcase.workflows.resolve import resolve
from flowcase.workflows.rules import Workflow

__all__ = [
    "LARGEST_DOCUMENT",
    "conditions_reader",
    "read_workflow",
    "read_workflow_file",
    "read_workflow_folder",
    "shipped_workflows",
]


def read_workflow(text: str | bytes, folder: Path | None = None) -> Workflow:
    """Read a workflow document. Errors: DocumentError with every finding at once.

    The catalogues it names are those that stand in the text already, else those beside it in
    `folder`, else those that come with flowcase; they are folded into its text and its digest.
    """
    # Half a character, which a str may hold, is written as it is and refused as not UTF-8.
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    own, parts = catalogues.parted(raw)
    written = read_model(own, language.Document, "workflow document")
    named = catalogues.named_in(written)
    parts |= {name: catalogues.found(name, folder) for name in named if name not in parts}
    known = {name: catalogues.read(name, parts[name]) for name in parts}
    document = catalogues.filled(written, known)
    reader = conditions_reader(document)
    found = [
        *findings_in(document),
        *findings_of_kin(document),
        *report_findings(document),
    ]
    workflow = resolve(document, catalogues.folded(own, parts), reader)
    found += [finding for finding in reader.findings if finding not in found]
    if found:
        raise DocumentError(f"workflow {document.name!r} may not run: {counted(found)}", found)
    return workflow


def conditions_reader(document: language.Document) -> Reader:
    """Return what reads the conditions of a document."""
    return Reader(vocabulary_of(document))


def read_workflow_file(path: Path) -> Workflow:
    """Read a workflow document from a file. Errors: DocumentError, NotFound."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise NotFound(f"cannot read the workflow document {path}: {error.strerror}") from None
    try:
        return read_workflow(raw, path.parent)
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error.message}", error.findings) from None


def read_workflow_folder(folder: Path) -> dict[str, Workflow]:
    """Read every `*.toml` of a folder, by workflow name. Errors: DocumentError, NotFound."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder of workflow documents at {folder}")
    workflows: dict[str, Workflow] = {}
    for path in sorted(folder.glob("*.toml")):
        workflow = read_workflow_file(path)
        if workflow.name in workflows:
            raise DocumentError(f"two documents in {folder.name} are called {workflow.name!r}")
        workflows[workflow.name] = workflow
    return workflows


def shipped_workflows() -> dict[str, Workflow]:
    """Return the workflows that come with flowcase, by name."""
    return read_workflow_folder(packaged_folder("workflows"))


def chosen_workflows(folders: Sequence[str | Path] = ()) -> dict[str, Workflow]:
    """Return the workflows of `folders` and of FLOWCASE_WORKFLOWS, by name; the first folder wins.

    Errors: DocumentError, NotFound.
    """
    found: dict[str, Workflow] = {}
    for folder in asset_folders("workflows", folders)[:-1]:
        found = read_workflow_folder(folder) | found
    return found
