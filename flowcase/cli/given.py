"""Data as it is typed: `name=value` pairs and JSON files, in the types that the workflow asks."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from flowcase.errors import InvalidInput, NotFound
from flowcase.workflows import language
from flowcase.workflows.rules import Workflow

#: No file of data is larger than this, in bytes; a text has at most 100,000 characters.
LARGEST_FILE = 1024 * 1024

_FLAGS = {
    **dict.fromkeys(("yes", "true", "y", "1", "是"), True),
    **dict.fromkeys(("no", "false", "n", "0", "否"), False),
}
_WHOLE = re.compile(r"[+-]?\d{1,16}")

Function = TypeVar("Function", bound=Callable[..., None])


def data_options(function: Function) -> Function:
    """Add the options that data is given with."""
    one = click.option(
        "--data",
        "-d",
        "pairs",
        metavar="NAME=VALUE",
        multiple=True,
        help="A field or participant; repeatable. NAME=@FILE reads a text from a file, NAME=- from "
        "stdin; NAME=@@… begins with an @.",
    )
    many = click.option(
        "--data-file",
        "data_file",
        metavar="FILE",
        help="A JSON object of names and values; - is stdin. --data comes on top.",
    )
    return one(many(function))


def read_given(
    workflow: Workflow, pairs: Sequence[str], data_file: str | None, trigger: str = "open"
) -> dict[str, Any]:
    """Return the data given, each value in its field's type where it can be.

    What cannot be stays a text: the engine then says what would do. Errors: UsageError,
    InvalidInput, NotFound.
    """
    if data_file == "-" and any(pair.partition("=")[2] == "-" for pair in pairs):
        raise click.UsageError("stdin can be read once: --data-file - or NAME=-, not both")
    data = _object(data_file) if data_file is not None else {}
    typed: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--data takes NAME=VALUE; got {pair[:60]!r}")
        value = _typed(workflow, trigger, name, _content(name, text))
        if isinstance(value, list) and name in typed:
            value = [*typed[name], *value]
        elif name in typed:
            raise click.UsageError(f"--data {name[:64]}=… is given twice")
        typed[name] = value
    return data | typed


def read_file(name: str, what: str) -> str:
    """Read a file of text in UTF-8, `-` from stdin, at most LARGEST_FILE bytes.

    Errors: NotFound, InvalidInput.
    """
    shown = "stdin" if name == "-" else name
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise NotFound(f"cannot read {what} from {shown}: {error.strerror}") from None
    except ValueError:
        raise InvalidInput(f"{name[:60]!r} is not the name of a file") from None
    if len(raw) > LARGEST_FILE:
        raise InvalidInput(f"{what}: {shown} has more than {LARGEST_FILE // 1024:,} KiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{what}: {shown} is not UTF-8: byte {error.start} is {raw[error.start]:#04x}"
        ) from None


def _content(name: str, text: str) -> str:
    if text == "-":
        return read_file("-", name).removesuffix("\n")
    if text.startswith("@@"):
        return text[1:]
    if text.startswith("@"):
        return read_file(text[1:], name).removesuffix("\n")
    return text


def _typed(workflow: Workflow, trigger: str, name: str, text: str) -> Any:
    fields = workflow.request_fields.get(trigger, workflow.document.fields)
    field = fields.get(name)
    if isinstance(field, language.FlagField):
        return _FLAGS.get(text.strip().lower(), text)
    if isinstance(field, language.IntegerField):
        return int(text) if _WHOLE.fullmatch(text.strip()) else text
    participant = workflow.document.participants.get(name)
    if name == "recused" or (participant is not None and participant.count == "many"):
        return [each.strip() for each in text.split(",") if each.strip()]
    return text


def _object(name: str) -> dict[str, Any]:
    text = read_file(name, "the data")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"the data is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise InvalidInput("the data is nested too deeply") from None
    except ValueError:  # a number of more digits than Python reads
        raise InvalidInput("the data holds a number that is too long") from None
    if not isinstance(data, dict):
        raise InvalidInput(f"the data is an object of names and values; got {type(data).__name__}")
    return data
