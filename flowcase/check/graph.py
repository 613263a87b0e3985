"""Graphs: every case a document can lead to, as far as it matters, and the moves between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowcase.check.nodes import Node
from flowcase.workflows.rules import Transition

#: Somebody acts; a clock rings; a due moment passes and nothing rings yet;
#: a child settles or is taken up again.
EdgeKind = Literal["act", "ring", "wait", "child"]


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A move from one node to another; source -1 is the opening.

    names: who may, by role or participant; "clock" where a clock rings. guards: those in Python
    whose answer made it possible or was needed for it. rung: the clock and its rung.
    """

    kind: EdgeKind
    source: int
    dest: int
    trigger: str
    names: tuple[str, ...]
    transition: Transition | None
    data: Mapping[str, Any]
    guards: frozenset[str] = frozenset()
    rung: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRung:
    """A clock that rings into a refusal in a node, and the reason it is given."""

    node: int
    clock: str
    reason: str
    guards: frozenset[str]


@dataclass(slots=True)
class Graph:
    """What a search found. first: for each node, the move by which it was first reached.

    taken: transitions that were possible somewhere, each with the first move. matched: by pattern,
    the first moves it fits. by_himself: nodes in which somebody granted his own request: which
    clock's, and who.
    """

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    out: list[list[Edge]] = field(default_factory=list)
    first: list[Edge] = field(default_factory=list)
    ownerless: list[int] = field(default_factory=list)
    refused: list[RefusedRung] = field(default_factory=list)
    by_himself: list[tuple[int, str, str]] = field(default_factory=list)
    taken: dict[int, Edge] = field(default_factory=dict)
    matched: dict[tuple[str, int], list[Edge]] = field(default_factory=dict)

    def path_to(self, node: int) -> list[Edge]:
        """Return the shortest way from the opening to a node."""
        path: list[Edge] = []
        while node >= 0:
            edge = self.first[node]
            path.append(edge)
            node = edge.source
        return path[::-1]

    def along(self, edge: Edge) -> list[Edge]:
        """Return the shortest way that ends with a move."""
        return [*(self.path_to(edge.source) if edge.source >= 0 else []), edge]

    def open_nodes(self) -> Iterator[Node]:
        """Return the nodes whose case is not finished."""
        return (node for node in self.nodes if not node.case.settled)

    def leading_to(
        self, goals: Iterable[int], along: Callable[[Edge], bool] = lambda edge: True
    ) -> set[int]:
        """Return the nodes from which a goal can be reached by moves of a kind, goals included."""
        into: dict[int, list[int]] = {}
        for edge in self.edges:
            if edge.source >= 0 and along(edge):
                into.setdefault(edge.dest, []).append(edge.source)
        found, todo = set(goals), list(goals)
        while todo:
            for source in into.get(todo.pop(), ()):
                if source not in found:
                    found.add(source)
                    todo.append(source)
        return found

    def way(
        self, start: int, goal: int, along: Callable[[Edge], bool] = lambda edge: True
    ) -> list[Edge] | None:
        """Return the shortest way from one node to another by moves of a kind, or None."""
        came: dict[int, Edge] = {}
        todo = deque([start])
        while todo:
            number = todo.popleft()
            if number == goal:
                path: list[Edge] = []
                while number != start:
                    path.append(came[number])
                    number = came[number].source
                return path[::-1]
            for edge in self.out[number]:
                if edge.dest != start and edge.dest not in came and along(edge):
                    came[edge.dest] = edge
                    todo.append(edge.dest)
        return None

    def circles(self, along: Callable[[Edge], bool]) -> list[Edge]:
        """Return the moves of a kind that lie on a way back to where they begin, in order."""
        kept: dict[int, list[int]] = {}
        for edge in self.edges:
            if edge.source >= 0 and edge.source != edge.dest and along(edge):
                kept.setdefault(edge.source, []).append(edge.dest)
        part = _components(kept)
        return [
            edge
            for edge in self.edges
            if edge.source != edge.dest
            and edge.source in part
            and part[edge.source] == part.get(edge.dest)
            and along(edge)
        ]

    def way_avoiding(
        self, avoided: Callable[[Node], bool], goal: Callable[[Node], bool]
    ) -> list[Edge] | None:
        """Return the shortest way to a goal that passes no avoided node, or None."""
        came: dict[int, Edge] = {}
        todo: deque[int] = deque()
        for edge in self.edges:
            if edge.source < 0 and edge.dest not in came and not avoided(self.nodes[edge.dest]):
                came[edge.dest] = edge
                todo.append(edge.dest)
        while todo:
            number = todo.popleft()
            if goal(self.nodes[number]):
                path = [came[number]]
                while path[-1].source >= 0:
                    path.append(came[path[-1].source])
                return path[::-1]
            for edge in self.out[number]:
                if edge.dest not in came and not avoided(self.nodes[edge.dest]):
                    came[edge.dest] = edge
                    todo.append(edge.dest)
        return None


def _components(out: Mapping[int, list[int]]) -> dict[int, int]:
    """Return for each node the component it is in: those that lead to each other (Tarjan)."""
    part: dict[int, int] = {}
    found: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    for start in out:
        if start in found:
            continue
        todo = [(start, iter(out.get(start, ())))]
        found[start] = low[start] = len(found)
        stack.append(start)
        while todo:
            node, dests = todo[-1]
            dest = next(dests, None)
            if dest is not None:
                if dest not in found:
                    found[dest] = low[dest] = len(found)
                    stack.append(dest)
                    todo.append((dest, iter(out.get(dest, ()))))
                elif dest not in part:
                    low[node] = min(low[node], found[dest])
                continue
            todo.pop()
            if todo:
                low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
            if low[node] == found[node]:
                while True:
                    member = stack.pop()
                    part[member] = node
                    if member == node:
                        break
    return part
