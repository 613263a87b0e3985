"""Measure: how much room a text takes in whatever font it is drawn with, and where it is broken."""

from __future__ import annotations

import re
import unicodedata

# Advances in em, at least as wide as in Arial, Noto Sans, Liberation Sans and DejaVu Sans, the
# widest font that is usual: a text may be narrower than it is measured here, never wider.
_ASCII, _WIDE, _PICTURE, _BOLD = 0.66, 1.0, 1.35, 1.13
_ADVANCES = {
    **dict.fromkeys("ijl.,:;'| I", 0.35),
    **dict.fromkeys("frt()[]-/\\!", 0.46),
    **dict.fromkeys('"`', 0.62),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.80),
    **dict.fromkeys("+<=>~^#", 0.85),
    **dict.fromkeys("mwMW@%", 1.02),
}

#: What a line is not broken within: a word, or a wide character with the marks that cling to it.
_PIECE = re.compile(
    r"[（［《]*[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff][，。、；：！？）］》…”]*\s*"
    r"|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]+\s*|\s+"
)


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is at most; size: of the font, in pixels as the result."""
    ems = sum(_advance(character) for character in text)
    return ems * size * (_BOLD if bold else 1.0)


def _advance(character: str) -> float:
    known = _ADVANCES.get(character)
    if known is not None:
        return known
    if character.isascii():
        return _ASCII
    return _PICTURE if unicodedata.category(character) == "So" else _WIDE


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return a text as lines of at most `room` pixels, broken between words where that is possible.

    A piece that is too long by itself is broken anywhere.
    """
    lines, line = [], ""
    for piece in _pieces(text, size, room, bold=bold):
        if line and width_of((line + piece).rstrip(), size, bold=bold) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return (*lines, line.rstrip())


def _pieces(text: str, size: float, room: float, *, bold: bool) -> list[str]:
    pieces: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if width_of(piece.rstrip(), size, bold=bold) <= room:
            pieces.append(piece)
        else:
            pieces.extend(piece)
    return pieces
