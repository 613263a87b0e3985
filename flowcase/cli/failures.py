"""Failures: what an error amounts to for whoever typed the command: a message and an exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import click

from flowcase.cli.wording import showable
from flowcase.errors import FlowcaseError, Reason, Refused, Unproved, WithFindings

ABORTED = 130


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not do what it was asked.

    code: a stable word for programs. message: one sentence. reasons, findings: every one there is.
    usage: how the command is used, if it was used otherwise. headed: the message stands over the
    reasons, which do not say of what they speak.
    """

    code: str
    exit_code: int
    message: str
    reasons: tuple[Reason, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    usage: str = ""
    headed: bool = False

    def as_json(self) -> str:
        """Return `{"error": {code, message, reasons: [{code, en, zh, about}], findings: [{path,
        message}]}}`, as text.
        """
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "reasons": [reason_shape(reason) for reason in self.reasons],
            "findings": [{"path": path, "message": text} for path, text in self.findings],
        }
        return json.dumps({"error": error}, ensure_ascii=False, indent=2)

    def as_text(self, language: str) -> str:
        """Return what people are told, without control characters."""
        zh = language == "zh"
        if self.reasons:
            count = len(self.reasons)
            head = f"{'错误：' if zh else 'error: '}{self.message}"
            if not self.headed:
                head = f"不予办理，原因 {count} 条：" if zh else f"refused, for {_counted(count)}:"
            lines = [head, *(f"  - {each.in_language(language)}" for each in self.reasons)]
        elif self.code == "aborted":
            lines = ["已中止" if zh else "aborted"]
        else:
            lines = [f"{'错误：' if zh else 'error: '}{self.message}"]
            lines += [f"  {path}: {text}" if path else f"  {text}" for path, text in self.findings]
        if self.usage:
            lines.append(f"{'用法：' if zh else 'usage: '}{self.usage}")
        return showable("\n".join(lines))


def failure_of(error: BaseException) -> Failure:
    """Return what an error amounts to."""
    match error:
        case Refused():
            return Failure(error.code, error.exit_code, str(error), reasons=error.reasons)
        case Unproved():
            return Failure(
                error.code, error.exit_code, error.message, reasons=error.reasons, headed=True
            )
        case WithFindings():
            findings = tuple((finding.path, finding.message) for finding in error.findings)
            return Failure(error.code, error.exit_code, error.message, findings=findings)
        case FlowcaseError():
            return Failure(error.code, error.exit_code, str(error))
        case click.Abort():
            return Failure("aborted", ABORTED, "aborted")
        case click.UsageError():
            return Failure("usage", 2, error.format_message(), usage=_usage(error.ctx))
        case click.ClickException():
            return Failure("usage", error.exit_code, error.format_message())
        case RecursionError():
            return Failure("invalid_input", 2, "the input is nested too deeply")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return Failure("file", 1, f"{where}{error.strerror or type(error).__name__}")
    raise error


def reason_shape(reason: Reason) -> dict[str, str]:
    """Return a reason as JSON has it."""
    return {"code": reason.code, "en": reason.en, "zh": reason.zh, "about": reason.about}


def _counted(count: int) -> str:
    return "one reason" if count == 1 else f"{count} reasons"


def _usage(context: click.Context | None) -> str:
    if context is None:
        return ""
    pieces = " ".join(context.command.collect_usage_pieces(context))
    return f"{context.command_path} {pieces}; more: {context.command_path} --help"
