"""Imports: what an import did, row by row, told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from flowcase.cli.desk import Desk
from flowcase.cli.failures import reason_shape
from flowcase.directory import ImportReport
from flowcase.errors import NotFound, Refused


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """Give a file to read, `-` is stdin. Errors: NotFound."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        content = Path(name).open("rb")  # noqa: SIM115 - closed below; its own errors are told here
    except OSError as error:
        raise NotFound(f"cannot read {name}: {error.strerror}") from None
    with content:
        yield content


def tell_import(desk: Desk, report: ImportReport) -> None:
    """Tell what an import did; exits with 3 if rows were rejected."""
    shape = {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "rejected": [
            {"line": row.line, "reason": reason_shape(row.reason)} for row in report.rejected
        ],
    }
    desk.tell(shape, lambda: _lines(desk, report))
    click.get_current_context().exit(Refused.exit_code if report.rejected else 0)


def _lines(desk: Desk, report: ImportReport) -> Iterator[str]:
    rejected = len(report.rejected)
    yield desk.say(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{rejected} rejected",
        f"新增 {report.added}，变更 {report.changed}，未变 {report.unchanged}，退回 {rejected}",
    )
    for row in report.rejected:
        reason = row.reason.in_language(desk.language)
        yield desk.say(f"  line {row.line}: {reason}", f"  第 {row.line} 行：{reason}")
