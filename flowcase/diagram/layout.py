"""Layout: where boxes and lines go, by layers from top to bottom; the only user of graphlay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowcase.errors import FlowcaseError

_LARGE = 150  # boxes; more are laid out with less search, or the largest would take a minute
_OPTIONS = {
    "direction": "topbottom",
    "spacing": {
        "layer_gap": 30.0,
        "node_gap": 26.0,
        "dummy_gap": 20.0,
        "port_gap": 14.0,
        "stub": 9.0,
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle: its upper left corner and its size, in pixels; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where everything is: a place by box, a line of points by link, in the order given.

    The upper left corner of it all is (0, 0).
    """

    places: Mapping[str, Place]
    routes: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


def arrange(
    sizes: Mapping[str, tuple[float, float]], links: Sequence[tuple[str, str]]
) -> Arrangement:
    """Return where boxes of these sizes (width, height) go, so that lines run around them.

    sizes: in the order they should stand in, from above. links: from which box to which. The same
    boxes and links give the same arrangement.
    Errors: FlowcaseError naming the extra, if the layout library is not installed.
    """
    try:
        import graphlay
    except ModuleNotFoundError:
        raise FlowcaseError(
            "pictures of workflows need a layout library: pip install 'flowcase[diagram]'; "
            "--format mermaid works without it"
        ) from None
    graph = graphlay.Graph()
    for name, (width, height) in sizes.items():
        graph.node(name, width=width, height=height)
    # The library is shown no cycle: what leads upwards is laid out downwards, and turned again.
    order = {name: number for number, name in enumerate(sizes)}
    upwards = [order[source] > order[dest] for source, dest in links]
    for (source, dest), up in zip(links, upwards, strict=True):
        graph.edge(*((dest, source) if up else (source, dest)))
    options = {**_OPTIONS, "effort": "fast" if len(sizes) > _LARGE else "balanced"}
    found = graphlay.layout(graph, preset="process_map", options=options)
    low, high = found.bounds["min"], found.bounds["max"]
    places = {
        name: Place(
            node["center"]["x"] - width / 2 - low["x"],
            node["center"]["y"] - height / 2 - low["y"],
            width,
            height,
        )
        for (name, (width, height)), node in zip(sizes.items(), found.nodes, strict=True)
    }
    routes = tuple(
        tuple(
            (point["x"] - low["x"], point["y"] - low["y"])
            for point in (reversed(edge["points"]) if up else edge["points"])
        )
        for edge, up in zip(found.edges, upwards, strict=True)
    )
    return Arrangement(places, routes, high["x"] - low["x"], high["y"] - low["y"])
