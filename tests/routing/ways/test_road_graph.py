"""Fastest ways, against networkx and brute force."""

from __future__ import annotations

import itertools
import math
import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.routing.travel import UNREACHABLE, Travel
from fieldops.routing.ways.coordinates import great_circle_m
from fieldops.routing.ways.road_graph import fastest, locate

KINDS = [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]


def random_roads(kind: type, seed: int, nodes: int = 25, edges: int = 60) -> nx.Graph:
    """Roads with times and lengths that often tie, with zero seconds, loops and loose parts."""
    rng = random.Random(seed)
    roads = kind()
    roads.add_nodes_from(range(nodes))
    for _ in range(edges):
        a, b = rng.randrange(nodes), rng.randrange(nodes)
        roads.add_edge(a, b, travel_s=rng.choice([0, 1, 2, 2, 3, 7.5]), length_m=rng.choice([0, 10, 25.5, 40]))
    return roads


def exact(roads: nx.Graph, source: int) -> dict[int, tuple[float, float]]:
    """Seconds and metres of the fastest, then shortest ways, by networkx with pairs packed into one number."""

    def weight(_a: int, _b: int, data: dict) -> float:
        edges = data.values() if roads.is_multigraph() else [data]
        # Halves times 2**20 stay whole and exact; no way here is 2**18 m long.
        return min(edge["travel_s"] * 2**20 + edge["length_m"] for edge in edges)

    packed = nx.single_source_dijkstra_path_length(roads, source, weight=weight)
    return {node: ((total // 2**19) / 2, total % 2**19) for node, total in packed.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_times_and_metres_are_those_of_networkx(kind: type, seed: int) -> None:
    """Every pair of every kind of graph: the seconds of the fastest way, and the least metres among those."""
    roads = random_roads(kind, seed)
    stops = list(roads)[::2]
    seconds, metres = fastest(roads, stops, "travel_s", "length_m")
    for row, origin in enumerate(stops):
        known = exact(roads, origin)
        for column, destination in enumerate(stops):
            want = known.get(destination, (math.inf, math.inf))
            assert (seconds[row, column], metres[row, column]) == want, (origin, destination)


@given(st.integers(0, 10_000), st.sampled_from(KINDS))
def test_fastest_agrees_with_every_simple_path(seed: int, kind: type) -> None:
    """Brute force over all ways of small graphs, with no shortest-path code at all on the other side."""
    roads = random_roads(kind, seed, nodes=5, edges=8)
    seconds, metres = fastest(roads, range(5), "travel_s", "length_m")
    arcs: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for a, b, data in roads.edges(data=True):
        arcs.setdefault((a, b), []).append((data["travel_s"], data["length_m"]))
        if not roads.is_directed():
            arcs.setdefault((b, a), []).append((data["travel_s"], data["length_m"]))
    for a, b in itertools.permutations(range(5), 2):
        best = (math.inf, math.inf)
        for count in range(4):
            for between in itertools.permutations(set(range(5)) - {a, b}, count):
                legs = list(itertools.pairwise((a, *between, b)))
                if all(leg in arcs for leg in legs):
                    best = min(best, tuple(map(sum, zip(*(min(arcs[leg]) for leg in legs), strict=True))))
        assert (seconds[a, b], metres[a, b]) == best


def test_result_depends_on_no_order_of_nodes_and_edges() -> None:
    """The same roads read in another order give the same matrix: files come in any order."""
    roads = random_roads(nx.MultiDiGraph, 3)
    shuffled = nx.MultiDiGraph()
    edges = list(roads.edges(data=True))
    random.Random(1).shuffle(edges)
    shuffled.add_nodes_from(reversed(list(roads)))
    shuffled.add_edges_from(edges)
    for one, other in zip(
        fastest(roads, range(25), "travel_s", "length_m"),
        fastest(shuffled, range(25), "travel_s", "length_m"),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_parallel_roads_take_the_fastest_even_if_longer() -> None:
    """The motorway is longer and faster than the lane beside it; its metres count, not the lane's."""
    roads = nx.MultiDiGraph()
    roads.add_edge("a", "b", travel_s=100, length_m=900)
    roads.add_edge("a", "b", travel_s=60, length_m=1500)
    roads.add_edge("b", "a", travel_s=100, length_m=900)
    travel = Travel.from_graph(roads, {"home": "a", "site": "b"})
    assert travel.leg(0, 1) == (60, 1500)
    assert travel.leg(1, 0) == (100, 900)
    assert travel.source == "road graph"


def test_an_island_is_unreachable_both_ways() -> None:
    """No road means no way, never zero and never a guess."""
    roads = nx.Graph([("a", "b", {"travel_s": 5, "length_m": 50}), ("c", "d", {"travel_s": 5, "length_m": 50})])
    travel = Travel.from_graph(roads, {"x": "a", "y": "b", "island": "c"})
    assert travel.leg(0, 2) == travel.leg(2, 0) == (UNREACHABLE, UNREACHABLE)
    assert travel.leg(0, 1) == (5, 50)


def test_two_places_at_one_node_are_no_way_apart() -> None:
    """Two customers in one building share a node: rows and columns of both are the node's."""
    roads = nx.Graph([("a", "b", {"travel_s": 5.2, "length_m": 50.0})])
    travel = Travel.from_graph(roads, {"one": "a", "two": "b", "three": "a"})
    assert travel.seconds.tolist() == [[0, 6, 0], [6, 0, 6], [0, 6, 0]]


def test_broken_edges_are_named_all_at_once() -> None:
    """Missing, negative, blank and non-numeric attributes: each edge with what it has, so that all can be mended."""
    roads = nx.DiGraph()
    roads.add_edge("a", "b", length_m=1)
    roads.add_edge("b", "c", travel_s=-4, length_m=1)
    roads.add_edge("c", "d", travel_s=4, length_m=math.nan)
    roads.add_edge("d", "e", travel_s="fast", length_m=1)
    roads.add_edge("e", "f", travel_s=1, length_m=1)
    with pytest.raises(ConfigError) as caught:
        Travel.from_graph(roads, {"home": "a"})
    message = str(caught.value)
    assert "edge 'a' -> 'b' of the road graph has no 'travel_s'" in message
    assert "edge 'b' -> 'c' of the road graph has 'travel_s' = -4" in message
    assert "edge 'c' -> 'd' of the road graph has 'length_m' = nan" in message
    assert "edge 'd' -> 'e' of the road graph has 'travel_s' = 'fast'" in message
    assert "'f'" not in message


def grid() -> nx.Graph:
    """Streets 100 m apart in Xi'an, as OSMnx writes them: y is latitude, x is longitude; nodes are tuples."""
    roads = nx.grid_2d_graph(6, 6)
    for row, column in roads:
        roads.nodes[row, column].update(y=34.26 + row * 0.0009, x=108.94 + column * 0.00109)
    for *_, data in roads.edges(data=True):
        data.update(travel_s=12, length_m=100)
    return roads


@given(st.lists(st.tuples(st.floats(34.25, 34.27), st.floats(108.93, 108.955)), min_size=1, max_size=5))
def test_places_snap_to_the_nearest_node(points: list[tuple[float, float]]) -> None:
    """The node found is the nearest of all by the great circle, and the distance told is that distance."""
    roads = grid()
    nodes, snapped = locate(roads, {f"p{number}": point for number, point in enumerate(points)}, within_m=5_000)
    for number, (lat, lon) in enumerate(points):
        distances = {
            node: float(great_circle_m(lat, lon, data["y"], data["x"])) for node, data in roads.nodes(data=True)
        }
        assert snapped[f"p{number}"] == pytest.approx(min(distances.values()), abs=1e-6)
        assert distances[nodes[f"p{number}"]] == pytest.approx(min(distances.values()), abs=1e-3)


def test_places_by_node_and_by_coordinates_mix_and_keep_their_order() -> None:
    """A tuple that is a node is that node, another is a point; the matrix keeps the order of the places."""
    travel = Travel.from_graph(grid(), {"point": (34.2601, 108.94), "node": (0, 5), "other": (34.26, 108.94109)})
    assert travel.places == ("point", "node", "other")
    assert travel.leg(0, 1) == (60, 500)
    assert travel.leg(2, 1) == (48, 400)
    assert travel.snapped_m == {"point": 11, "other": 0}
    assert travel.subset(["node", "point"]).snapped_m == {"point": 11}


def test_snapping_crosses_the_date_line() -> None:
    """A node on the other side of 180 degrees is near: a projection on a plane would look for it around the globe."""
    roads = nx.Graph()
    roads.add_node("west", lat=-16.5, lon=179.9)
    roads.add_node("east", lat=-16.5, lon=-179.999)
    assert locate(roads, {"ferry": (-16.5, 179.999)}, within_m=1_000)[0] == {"ferry": "east"}


@pytest.mark.parametrize(
    ("spot", "words"),
    [
        ((39.9, 116.4), "place 'site' lies .* m from the nearest node of the road graph, more than 2,000 m"),
        ("nowhere", "place 'site' is given as 'nowhere', which is neither a node"),
        ("ab", "place 'site' is given as 'ab', which is neither a node"),
        ((134.0, 34.0), "neither a node of the road graph nor a"),
        ([34.0, None], "neither a node of the road graph nor a"),
        (17, "place 'site' is given as 17, which is neither a node"),
    ],
)
def test_places_off_the_graph_are_refused(spot: object, words: str) -> None:
    """A place in another city, or a word that is no node, must not end at some node far away."""
    with pytest.raises(ConfigError, match=words):
        Travel.from_graph(grid(), {"site": spot})


def test_nodes_without_coordinates_are_named() -> None:
    """Snapping needs every node's point; a graph without them says which, and names the way out."""
    roads = grid()
    del roads.nodes[2, 3]["y"]
    with pytest.raises(ConfigError, match=r"node \(2, 3\) of the road graph has no lat and lon"):
        Travel.from_graph(roads, {"site": (34.26, 108.94)})
    assert Travel.from_graph(roads, {"site": (2, 3)}).places == ("site",)


def test_a_graph_without_nodes_is_refused_and_no_places_are_fine() -> None:
    """An empty graph can't stand for a point; an empty list of places gives an empty matrix."""
    with pytest.raises(ConfigError, match="the road graph has no nodes"):
        Travel.from_graph(nx.Graph(), {"site": (34.26, 108.94)})
    assert Travel.from_graph(grid(), {}).seconds.shape == (0, 0)
