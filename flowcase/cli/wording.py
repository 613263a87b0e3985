"""Wording: which language people are spoken to in, and how moments and amounts are written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

LANGUAGES = ("zh", "en")

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def language_of(args: Sequence[str] = ()) -> str:
    """Return the language asked for by `--lang` among the arguments, else the environment's."""
    for number, text in enumerate(args):
        if text == "--":
            break
        name, equals, value = text.partition("=")
        if name == "--lang":
            value = value if equals else next(iter(args[number + 1 :]), "")
            return "zh" if value == "zh" else "en"
    return language_of_environment()


def language_of_environment() -> str:
    """Return the language of LC_ALL, LC_MESSAGES or LANG: "zh", or "en" for every other."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def showable(text: str) -> str:
    """Return a text without what a terminal would obey instead of show."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
