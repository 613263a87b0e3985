"""Installations: which documents were installed and by whom, and what was said of their proofs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from flowcase.history import canonical
from flowcase.statements import DOCUMENTS, INSTALLATIONS, PROOFS, compile_statement
from flowcase.store import Store
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Installation:
    """That a document was installed for new cases.

    actor, reason: who and why; None where nobody had to answer for it. checker: the version of the
    prover. verdict: what it said: `verdict`, `proved` (how many guarantees), `rulings` (each that
    is not proved: `guarantee`, `verdict`, `en`, `zh`, `where`, `path`).
    """

    workflow: str
    version: int
    digest: str
    at: datetime
    actor: str | None
    reason: str | None
    checker: str
    verdict: Mapping[str, Any]


def find(store: Store, workflow: str | None = None) -> list[Installation]:
    """Return the installations, of a workflow or of all, in the order they were made."""
    question = select(*INSTALLATIONS.columns).order_by(
        INSTALLATIONS.c.at, INSTALLATIONS.c.workflow, INSTALLATIONS.c.version
    )
    if workflow is not None:
        question = question.where(INSTALLATIONS.c.workflow == workflow)
    names = [column.name for column in INSTALLATIONS.columns]
    rows = [dict(zip(names, row, strict=True)) for row in store.select(question)]
    return [Installation(**{**row, "verdict": json.loads(row["verdict"])}) for row in rows]


def digests(store: Store) -> frozenset[str]:
    """Return the digests of every document installed."""
    return frozenset(str(row[0]) for row in store.select(select(INSTALLATIONS.c.digest)))


def namesake(store: Store, workflow: Workflow) -> str | None:
    """Return the digest of another document of the same name and version; None if there is none."""
    question = select(DOCUMENTS.c.digest).where(
        DOCUMENTS.c.name == workflow.name,
        DOCUMENTS.c.version == workflow.document.version,
        DOCUMENTS.c.digest != workflow.digest,
    )
    found = store.select(question.order_by(DOCUMENTS.c.digest).limit(1))
    return str(found[0][0]) if found else None


def record(store: Store, workflow: Workflow, made: Installation) -> bool:
    """Write an installation, and keep its document; false if its version was just taken."""
    columns = {
        column: bindparam("new_" + column.name, type_=column.type)
        for column in INSTALLATIONS.columns
    }
    name = store.engine.dialect.name
    statement = compile_statement(
        _insert(store)(INSTALLATIONS).values(columns).on_conflict_do_nothing(), name
    )
    values = {"new_" + column.name: getattr(made, column.name) for column in INSTALLATIONS.columns}
    values["new_verdict"] = canonical(dict(made.verdict))
    with store.writing() as transaction:
        if transaction.connection.run(statement, values) != 1:
            return False
        transaction.keep_document(workflow, made.at)
        return True


def kept_proofs(store: Store, checker: str, asked: Collection[str]) -> dict[str, str]:
    """Return what was kept of these documents' proofs, by digest, as canonical JSON."""
    question = select(PROOFS.c.digest, PROOFS.c.verdict).where(
        PROOFS.c.checker == checker, PROOFS.c.digest.in_(asked)
    )
    return {str(digest): str(verdict) for digest, verdict in store.select(question)}


def keep_proof(store: Store, digest: str, checker: str, at: datetime, verdict: str) -> None:
    """Keep what the prover said of a document; whoever was first said the same."""
    row = {"digest": digest, "checker": checker, "at": at, "verdict": verdict}
    with store.engine.begin() as connection:
        connection.execute(_insert(store)(PROOFS).values(row).on_conflict_do_nothing())


def _insert(store: Store) -> Any:
    return postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert
