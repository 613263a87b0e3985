"""Documents: the workflows that a command can see without a database."""

from __future__ import annotations

import sys
from pathlib import Path

from flowcase.cli.desk import Desk
from flowcase.errors import InvalidInput, NotFound
from flowcase.workflows.document import (
    LARGEST_DOCUMENT,
    chosen_workflows,
    read_workflow,
    read_workflow_file,
    shipped_workflows,
)
from flowcase.workflows.rules import Workflow

#: How much of a digest names a document.
SHORTEST_DIGEST = 6


def known_workflows(desk: Desk) -> dict[str, Workflow]:
    """Return every workflow by name: of --workflows, FLOWCASE_WORKFLOWS, and those shipped.

    Errors: DocumentError, NotFound.
    """
    found = shipped_workflows() | chosen_workflows(desk.workflows)
    return dict(sorted(found.items()))


def running_workflows(desk: Desk) -> dict[str, tuple[str, Workflow]]:
    """Return the workflows new cases are opened under, by name, and where each is from: "folder",
    "installed" in the database, if there is one, or "shipped".

    Errors: DocumentError, NotFound, and those of opening the database.
    """
    found = {name: ("shipped", workflow) for name, workflow in shipped_workflows().items()}
    if desk.has_database():
        from flowcase import installations

        engine = desk.engine(trust=True)
        for each in installations.find(engine.store):
            found[each.workflow] = ("installed", engine.library.workflow(each.workflow))
    chosen = chosen_workflows(desk.workflows)
    found |= {name: ("folder", workflow) for name, workflow in chosen.items()}
    return dict(sorted(found.items()))


def any_workflow(desk: Desk, word: str) -> Workflow:
    """Return the workflow of a file (`-`: stdin), of a name, or of the start of a digest.

    Errors: DocumentError, NotFound, InvalidInput for a start that several digests have.
    """
    if word == "-" or word.endswith(".toml") or "/" in word:
        return named_workflow(desk, word)
    running = running_workflows(desk)
    if word in running:
        return running[word][1]
    found = {each.digest: each for _, each in running.values() if each.digest.startswith(word)}
    if desk.has_database():
        store = desk.engine(trust=True).store
        with store.reading() as transaction:
            for digest in transaction.documents():
                if digest.startswith(word) and digest not in found:
                    found[digest] = read_workflow(transaction.document(digest) or "")
    if len(word) < SHORTEST_DIGEST or not found:
        raise NotFound(
            f"there is no workflow {word[:80]!r}; there are: {', '.join(running) or 'none'}; "
            f"a file is named with its .toml, a digest with {SHORTEST_DIGEST} characters or more"
        )
    if len(found) > 1:
        raise InvalidInput(
            f"{word!r} begins {len(found)} digests: {', '.join(sorted(found))}; name more of it"
        )
    return next(iter(found.values()))


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
