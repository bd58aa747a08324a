"""Fastest ways through a road graph, between some of its nodes.

The graph is a networkx one (or anything with the same `nodes`, `edges` and `is_directed`); the search is
`scipy.sparse.csgraph.dijkstra`, about 26 times as fast as networkx' own on a city of 40,000 nodes.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from fieldops.errors import ConfigError
from fieldops.routing.ways.coordinates import Floats, great_circle_m
from fieldops.routing.ways.legs import refuse


class RoadGraph(Protocol):
    """What is asked of a road graph: networkx' Graph, DiGraph, MultiGraph and MultiDiGraph have it."""

    @property
    def nodes(self) -> Any:
        """The nodes; called with ``data=True``, pairs of a node and its attributes."""

    @property
    def edges(self) -> Any:
        """The edges; called with ``data=True``, triples of two nodes and the edge's attributes."""

    def is_directed(self) -> bool:
        """Whether an edge leads one way only."""


def locate(
    graph: RoadGraph, places: Mapping[str, Any], within_m: float
) -> tuple[dict[str, Hashable], dict[str, float]]:
    """Find the node of each place: the one it names, or the nearest to its (latitude, longitude).

    Nodes carry ``lat``/``lon`` or, as OSMnx writes them, ``y``/``x``, in degrees.

    Returns
    -------
    The node of each place, and for each place given by coordinates the metres to its node.

    Raises
    ------
    ConfigError
        If a place is neither a node nor a point, if nodes lack coordinates that are needed, or if a place
        has no node within `within_m` metres.
    """
    nodes = {place: spot for place, spot in places.items() if isinstance(spot, Hashable) and spot in graph.nodes}
    spots = {place: spot for place, spot in places.items() if place not in nodes}
    if not spots:
        return nodes, {}
    points = {place: _point(*spot) if _is_pair(spot) else None for place, spot in spots.items()}
    refuse(
        f"place {place!r} is given as {spots[place]!r}, which is neither a node of the road graph nor a "
        "(latitude, longitude) in degrees: give one of the two"
        for place, point in points.items()
        if point is None
    )
    known, at = _node_points(graph)
    lat, lon = np.array(list(points.values()), dtype=np.float64).T
    # Nearest by chord is nearest by surface, at any latitude and across the date line.
    nearest = np.asarray(cKDTree(_on_sphere(*at)).query(_on_sphere(lat, lon))[1])
    distances = great_circle_m(lat, lon, at[0][nearest], at[1][nearest])
    snapped = dict(zip(points, distances.tolist(), strict=True))
    refuse(
        f"place {place!r} lies {metres:,.0f} m from the nearest node of the road graph, more than {within_m:,.0f} m: "
        "use a graph that reaches it, or raise within_m"
        for place, metres in snapped.items()
        if metres > within_m
    )
    nodes |= {place: known[found] for place, found in zip(points, nearest.tolist(), strict=True)}
    return {place: nodes[place] for place in places}, snapped


def fastest(graph: RoadGraph, stops: Sequence[Hashable], seconds: str, metres: str) -> tuple[Floats, Floats]:
    """Compute travel time and length of the fastest way between every two of `stops`.

    Of ways equally fast the shortest counts, so that the result depends on no order of nodes or edges.

    Parameters
    ----------
    graph
        The roads. Of parallel edges the fastest counts, of those the shortest.
    stops
        Nodes of the graph; one may stand there twice.
    seconds, metres
        Names of the edges' attributes: numbers, not negative.

    Returns
    -------
    Two arrays of shape (S, S): seconds and metres from row to column, infinite where there is no way.

    Raises
    ------
    ConfigError
        If edges lack an attribute or have one that is no number from 0 up; they are named.
    """
    order = {node: number for number, node in enumerate(graph.nodes)}
    tail, head, duration, length = _arcs(graph, order, seconds, metres)
    starts = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=len(order)))))
    shape = (len(order), len(order))
    roads = csr_array((duration, head, starts), shape=shape)
    wanted = np.array([order[node] for node in stops], dtype=np.int64)
    distinct, back = np.unique(wanted, return_inverse=True)
    times, lengths = np.empty((2, len(distinct), len(distinct)))
    for row, source in enumerate(distinct):
        reach = dijkstra(roads, indices=[int(source)])[0]
        # Arcs on some fastest way: dijkstra made `reach` by this very sum, so that equality is exact.
        tight = np.isfinite(reach[tail]) & (reach[tail] + duration == reach[head])
        kept = np.concatenate(([0], np.cumsum(tight)))[starts]
        ways = csr_array((length[tight], head[tight], kept), shape=shape)
        times[row] = reach[distinct]
        lengths[row] = dijkstra(ways, indices=[int(source)])[0, distinct]
    return times[np.ix_(back, back)], lengths[np.ix_(back, back)]


def _arcs(graph: RoadGraph, order: Mapping[Hashable, int], seconds: str, metres: str) -> tuple[Any, ...]:
    """Read the edges as arcs sorted by tail and head, one for each pair: (tail, head, seconds, metres)."""
    edges = list(graph.edges(data=True))
    refuse(
        f"edge {a!r} -> {b!r} of the road graph {_complaint(name, data)}: give it a number from 0 up"
        for a, b, data in edges
        for name in (seconds, metres)
        if _complaint(name, data)
    )
    tail = np.array([order[a] for a, _, _ in edges], dtype=np.int64)
    head = np.array([order[b] for _, b, _ in edges], dtype=np.int64)
    duration = np.array([data[seconds] for _, _, data in edges], dtype=np.float64)
    length = np.array([data[metres] for _, _, data in edges], dtype=np.float64)
    if not graph.is_directed():
        tail, head = np.concatenate((tail, head)), np.concatenate((head, tail))
        duration, length = np.tile(duration, 2), np.tile(length, 2)
    best = np.lexsort((length, duration, head, tail))
    tail, head, duration, length = tail[best], head[best], duration[best], length[best]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return tail[first], head[first], duration[first], length[first]


def _complaint(name: str, data: Mapping[str, Any]) -> str:
    """Say what is wrong with an edge's attribute; nothing if it is a number from 0 up."""
    if data.get(name) is None:
        return f"has no {name!r}"
    try:
        value = float(data[name])
    except (TypeError, ValueError):
        value = math.nan
    return "" if 0 <= value < math.inf else f"has {name!r} = {data[name]!r}"


def _is_pair(spot: Any) -> bool:
    return not isinstance(spot, str) and hasattr(spot, "__len__") and len(spot) == 2


def _point(lat: Any, lon: Any) -> tuple[float, float] | None:
    """Read a latitude and a longitude in degrees; None if they are none."""
    try:
        lat, lon = float(lat), float(lon)
    except (TypeError, ValueError):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _node_points(graph: RoadGraph) -> tuple[list[Hashable], tuple[Floats, Floats]]:
    points = {
        node: _point(data.get("lat", data.get("y")), data.get("lon", data.get("x")))
        for node, data in graph.nodes(data=True)
    }
    refuse(
        f"node {node!r} of the road graph has no lat and lon (or y and x) in degrees, which places given by "
        "coordinates need: add them, or give each place its node"
        for node, point in points.items()
        if point is None
    )
    if not points:
        raise ConfigError("the road graph has no nodes: read it again")
    lat, lon = np.array(list(points.values()), dtype=np.float64).T
    return list(points), (lat, lon)


def _on_sphere(lat: Floats, lon: Floats) -> Floats:
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))
