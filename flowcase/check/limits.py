"""Limits: how large a search may become before it is given up with a sentence why."""

from __future__ import annotations

from dataclasses import dataclass


class TooLarge(Exception):
    """A document has more to look at than may be; the message says what there is so much of."""


MOST_NODES = 100_000
MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """nodes: cases that differ. seconds: of the processor's time. Memory grows with the nodes,
    by about 4 KB each.
    """

    nodes: int = MOST_NODES
    seconds: float = MOST_SECONDS
