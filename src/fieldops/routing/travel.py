"""Seconds and metres between places, from whatever is at hand: coordinates, a matrix, a long table, a road graph.

Travel is one matrix of each. It may differ between there and back, and a way round may be faster than the
direct one: nothing here or behind it may assume the triangle inequality.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.routing.ways.coordinates import looks_swapped as looks_swapped
from fieldops.routing.ways.coordinates import to_wgs84 as to_wgs84
from fieldops.routing.ways.estimate import SPEEDS_KMH as SPEEDS_KMH
from fieldops.routing.ways.estimate import check_estimate, drive_s, driven, read_points, speed_bands
from fieldops.routing.ways.legs import UNREACHABLE as UNREACHABLE
from fieldops.routing.ways.legs import check_repeats, check_room, faults, number_list, refuse, square, unknown, whole
from fieldops.routing.ways.road_graph import RoadGraph, fastest, locate
from fieldops.units import Metres, Seconds


@dataclass(frozen=True, eq=False)
class Travel:
    """Seconds and metres between places.

    Made by `from_coordinates`, `from_matrix`, `from_long` or `from_graph`. The arrays are read-only.

    Attributes
    ----------
    places
        Ids, in the order of the rows and columns.
    seconds
        Shape (P, P), int32: whole ticks (seconds, unless the maker of the problem counts finer) from the row's
        place to the column's. `UNREACHABLE` where there is no way. Zero on the diagonal.
    metres
        Shape (P, P), int32: whole metres, likewise.
    source
        Where they come from, for the manifest: ``coordinates``, ``matrix``, ``road graph`` ...
    metres_known
        False if only times were given; `metres` is then zero wherever there is a way, and a price a
        kilometre has nothing to charge.
    snapped_m
        Whole metres from a place to the road graph's node that stands for it, of places given by coordinates.

    Raises
    ------
    ConfigError
        If the arrays don't fit the places, an id stands there twice, or a value is negative or beyond
        `UNREACHABLE`.
    """

    places: tuple[str, ...]
    seconds: NDArray[np.int32]
    metres: NDArray[np.int32]
    source: str
    metres_known: bool = True
    snapped_m: Mapping[str, Metres] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse(faults(self.places, self.seconds, self.metres))
        for name in ("seconds", "metres"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.int32).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def from_coordinates(
        cls,
        places: Mapping[str, tuple[float, float]],
        *,
        speed_kmh: float | None = None,
        speeds: Sequence[tuple[float, float]] | None = None,
        detour: float = 1.3,
        system: str = "WGS-84",
        minimum_s: Seconds = 0,
        limit_mib: int = 4096,
    ) -> Travel:
        """Estimate travel from coordinates: great circle x detour, at a speed that grows with the distance.

        Parameters
        ----------
        places
            Latitude and longitude of each place, degrees.
        speed_kmh
            One speed for every leg; instead of `speeds`.
        speeds
            Bands ``(to_km, km/h)`` up to ``(inf, km/h)``: each kilometre of a leg is driven at the speed of
            the band it lies in, so that a longer leg never takes less time. By default `SPEEDS_KMH`.
        detour
            Road distance over straight distance. Countries lie between 1.1 and 2.1, most near 1.3 (Ballou, Rahardja
            and Sakai, Transportation Research A 36 (2002) 843-848).
        system
            ``WGS-84`` (GPS), ``GCJ-02`` (AMap, Tencent) or ``BD-09`` (Baidu).
        minimum_s
            Least seconds of a leg between two points that differ, e.g. for parking.
        limit_mib
            Refuse to build arrays larger than this.

        Raises
        ------
        ConfigError
            For coordinates out of range, an argument that makes no sense, or too many places.

        Examples
        --------
        >>> travel = Travel.from_coordinates({"depot": (34.26, 108.94), "site": (34.23, 108.89)}, speed_kmh=30)
        >>> travel.leg(travel.index("depot"), travel.index("site"))
        (886, 7383)
        """
        check_room(len(places), limit_mib)
        check_estimate(detour, minimum_s)
        bands = speed_bands(speed_kmh, speeds)
        lat, lon = to_wgs84(*read_points(places), system)
        seconds, metres = np.empty((2, len(places), len(places)), dtype=np.int32)
        for rows, legs in driven(lat, lon, detour):
            metres[rows] = whole(legs)
            seconds[rows] = whole(np.where(legs > 0, np.maximum(drive_s(legs, bands), minimum_s), 0.0))
        return cls(tuple(places), seconds, metres, "coordinates")

    @classmethod
    def from_matrix(
        cls, places: Sequence[str], seconds: ArrayLike, metres: ArrayLike | None = None, *, source: str = "matrix"
    ) -> Travel:
        """Take travel from given square arrays.

        Whole numbers stay exact; others are rounded up. None, NaN and infinity mean that there is no way
        (on the diagonal: nothing to drive), and a leg without seconds has no metres either.

        Parameters
        ----------
        places
            Ids, in the order of rows and columns.
        seconds, metres
            Shape (P, P), from the row's place to the column's. Without `metres` they are not known (see
            `Travel.metres_known`).
        source
            For the manifest.

        Raises
        ------
        ConfigError
            If an array is not (P, P), a value is negative, too large or no number, the diagonal is not zero,
            an id stands there twice, or a leg has seconds and no metres.

        Examples
        --------
        >>> travel = Travel.from_matrix(["a", "b"], [[0, 59.2], [float("nan"), 0]])
        >>> travel.leg(0, 1), travel.leg(1, 0)[0] == UNREACHABLE
        ((60, 0), True)
        """
        times = square(seconds, "seconds")
        lengths = np.zeros_like(times) if metres is None else square(metres, "metres")
        if lengths.shape == times.shape:
            lengths = np.where(times == UNREACHABLE, UNREACHABLE, lengths)
        return cls(tuple(places), times, lengths, source, metres_known=metres is not None)

    @classmethod
    def from_long(
        cls,
        rows: Iterable[tuple[str, str, float | None, float | None]],
        *,
        places: Iterable[str] | None = None,
        symmetric: bool = False,
        source: str = "matrix",
        limit_mib: int = 4096,
    ) -> Travel:
        """Take travel from rows (from, to, seconds, metres); between places that no row joins there is no way.

        Parameters
        ----------
        rows
            The legs, in any order. Seconds of None, NaN or infinity say that there is no way. Metres may be
            None in all rows (see `Travel.metres_known`).
        places
            All places, in matrix order; by default those that rows name, sorted.
        symmetric
            Whether a row also holds for the way back, where that has no row of its own.
        source
            For the manifest.
        limit_mib
            Refuse to build arrays larger than this.

        Raises
        ------
        ConfigError
            As `from_matrix`; also for two rows of one leg that differ and for places not in `places`.

        Examples
        --------
        >>> travel = Travel.from_long([("a", "b", 60, 500), ("b", "c", 90, 800)], symmetric=True)
        >>> travel.leg(1, 0), travel.leg(0, 2)[0] == UNREACHABLE
        ((60, 500), True)
        """
        legs = list(rows)
        named = sorted({str(place) for leg in legs for place in leg[:2]})
        ids = tuple(named if places is None else places)
        number = {place: index for index, place in enumerate(ids)}
        check_room(len(ids), limit_mib)
        refuse(f"travel names place {place!r}, {unknown(place, ids)}" for place in named if place not in number)
        at = tuple(np.array([number[str(leg[end])] for leg in legs], dtype=np.int64) for end in (0, 1))
        seconds, metres = (
            number_list([leg[part] for leg in legs], what) for part, what in ((2, "seconds"), (3, "metres"))
        )
        check_repeats(ids, at, seconds, metres)
        dense = np.full((2, len(ids), len(ids)), np.nan)
        stated = np.zeros((len(ids), len(ids)), dtype=bool)
        dense[0][at], dense[1][at], stated[at] = seconds, metres, True
        if symmetric:
            back = stated.T & ~stated
            for part in dense:
                part[back] = part.T[back]
        return cls.from_matrix(ids, dense[0], None if np.isnan(metres).all() else dense[1], source=source)

    @classmethod
    def from_graph(
        cls,
        graph: RoadGraph,
        places: Mapping[str, Hashable | tuple[float, float]],
        *,
        seconds: str = "travel_s",
        metres: str = "length_m",
        within_m: float = 2_000.0,
        limit_mib: int = 4096,
    ) -> Travel:
        """Take the fastest ways through a road graph, and their lengths.

        Parameters
        ----------
        graph
            A networkx Graph, DiGraph, MultiGraph or MultiDiGraph.
        places
            The node of each place, or its latitude and longitude (in the graph's system): then the nearest
            node stands for it, the way to which takes no time; `snapped_m` tells how far it is.
        seconds, metres
            Names of the edges' attributes.
        within_m
            Refuse a place whose nearest node is farther than this.
        limit_mib
            Refuse to build arrays larger than this.

        Raises
        ------
        ConfigError
            For edges without the attributes or with negative ones, for places that are no nodes, too far from
            one, or too many.

        Examples
        --------
        >>> import networkx
        >>> roads = networkx.DiGraph()
        >>> roads.add_edge("A", "B", travel_s=60, length_m=500)
        >>> travel = Travel.from_graph(roads, {"home": "A", "site": "B"})
        >>> travel.leg(0, 1), travel.leg(1, 0)[0] == UNREACHABLE
        ((60, 500), True)
        """
        check_room(len(places), limit_mib)
        nodes, snapped = locate(graph, places, within_m)
        times, lengths = fastest(graph, list(nodes.values()), seconds, metres)
        found = cls.from_matrix(tuple(places), times, lengths, source="road graph")
        return replace(found, snapped_m={place: round(far) for place, far in snapped.items()})

    def index(self, place: str) -> int:
        """Tell the row of `place`.

        Raises
        ------
        ConfigError
            If there is no such place.
        """
        if place not in self._index:
            raise ConfigError(f"travel is asked for place {place!r}, {unknown(place, self.places)}")
        return self._index[place]

    def leg(self, origin: int, destination: int) -> tuple[Seconds, Metres]:
        """Tell seconds and metres from one row's place to another's: the one function that all travel goes through."""
        return int(self.seconds[origin, destination]), int(self.metres[origin, destination])

    def subset(self, places: Iterable[str]) -> Travel:
        """Keep only `places`, in the order given.

        Raises
        ------
        ConfigError
            If a place is not there, or given twice.
        """
        kept = tuple(places)
        rows = np.array([self.index(place) for place in kept], dtype=np.int64)
        cells = np.ix_(rows, rows)
        snapped = {place: self.snapped_m[place] for place in kept if place in self.snapped_m}
        return Travel(kept, self.seconds[cells], self.metres[cells], self.source, self.metres_known, snapped)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {place: row for row, place in enumerate(self.places)}
