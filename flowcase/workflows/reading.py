"""Reading: TOML files of the language into its models; whole, or refused with every finding."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from flowcase.errors import DocumentError, Finding
from flowcase.workflows.language import Model

#: A document or catalogue larger than this is refused before it is parsed, in bytes.
LARGEST_DOCUMENT = 256 * 1024
DEEPEST_NESTING = 12

#: A key of more parts than this is refused before it is parsed: `a.a.a…` costs tomllib memory that
#: grows with the square of its length, 40 GB for 200 KB of it.
MOST_KEY_PARTS = 100
_KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}){{{MOST_KEY_PARTS}}}")

Read = TypeVar("Read", bound=Model)


def read_model(raw: bytes, model: type[Read], what: str) -> Read:
    """Read one model from TOML; what: "workflow document". Errors: DocumentError."""
    if len(raw) > LARGEST_DOCUMENT:
        raise DocumentError(f"a document has at most {LARGEST_DOCUMENT:,} bytes")
    try:
        text = raw.decode("utf-8")
        if _LONG_KEY.search(text):
            raise DocumentError(f"a key has at most {MOST_KEY_PARTS} parts")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8: byte {error.start} is {raw[error.start]:#04x}") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise DocumentError(f"not TOML: {error}") from None
    except RecursionError:
        raise DocumentError("not a document: tables nested too deeply") from None
    if _depth(data) > DEEPEST_NESTING:
        raise DocumentError(f"tables and lists may be nested {DEEPEST_NESTING} deep")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        findings = [_finding(detail, data) for detail in error.errors(include_url=False)]
        raise DocumentError(f"not a {what}: {counted(findings)}", findings) from None


def counted(found: Sequence[Finding]) -> str:
    """Return how many findings there are, in words."""
    return "1 finding" if len(found) == 1 else f"{len(found)} findings"


def _depth(value: Any) -> int:
    """Return how deep tables and lists are nested, without recursion of our own."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        value, depth = todo.pop()
        deepest = max(deepest, depth)
        if depth <= DEEPEST_NESTING:
            children = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else ()
            )
            todo += [(child, depth + 1) for child in children]
    return deepest


def _finding(detail: Any, data: Mapping[str, Any]) -> Finding:
    path = ""
    place: Any = data
    last = len(detail["loc"]) - 1
    for number, step in enumerate(detail["loc"]):
        if isinstance(step, int):
            path += f"[{step}]"
            place = place[step] if isinstance(place, list) and step < len(place) else None
            if isinstance(place, dict) and isinstance(place.get("trigger"), str):
                path += f"({place['trigger'][:64]})"
        elif isinstance(place, dict) and step in place:
            path += f".{step}" if path else str(step)
            place = place[step]
        elif number == last and detail["type"] in ("missing", "extra_forbidden"):
            path += f".{step}" if path else str(step)
    return Finding(path[:300], _sentence(detail))


def _sentence(detail: Any) -> str:
    given = repr(detail.get("input"))[:60]
    match detail["type"]:
        case "extra_forbidden":
            return (
                "this key is not part of the language; `flowcase schema` lists what may stand here"
            )
        case "missing":
            return "this key is required"
        case "string_pattern_mismatch":
            return (
                f"{given} is not a word: small ASCII letters, digits and _, beginning with a letter"
            )
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; got {given}"
