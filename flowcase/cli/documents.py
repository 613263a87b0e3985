"""Documents: the workflows that a command can see without a database."""

from __future__ import annotations

import sys
from pathlib import Path

from flowcase.cli.desk import Desk
from flowcase.errors import NotFound
from flowcase.workflows.document import (
    LARGEST_DOCUMENT,
    read_workflow,
    read_workflow_file,
    read_workflow_folder,
    shipped_workflows,
)
from flowcase.workflows.rules import Workflow


def known_workflows(desk: Desk) -> dict[str, Workflow]:
    """Return every workflow by name: of --workflows, FLOWCASE_WORKFLOWS, and those shipped.

    Errors: DocumentError, NotFound.
    """
    found = shipped_workflows()
    for folder in reversed(desk.workflows):
        found |= read_workflow_folder(Path(folder))
    return dict(sorted(found.items()))


def named_workflow(desk: Desk, name: str) -> Workflow:
    """Return the workflow of a file (`-`: stdin) or of a name. Errors: DocumentError, NotFound."""
    if name == "-":
        return read_workflow(sys.stdin.buffer.read(LARGEST_DOCUMENT + 1))
    if name.endswith(".toml") or "/" in name:
        return read_workflow_file(Path(name))
    known = known_workflows(desk)
    if name not in known:
        raise NotFound(
            f"there is no workflow {name[:80]!r}; there are: {', '.join(known) or 'none'}; "
            "a file is named with its .toml"
        )
    return known[name]
