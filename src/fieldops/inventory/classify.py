"""Classes of demand and of parts: how regular, how much money, how critical.

Two numbers describe how irregular a demand is: ADI, the average interval between demands in periods, and CV2, the
squared coefficient of variation of the sizes of those demands. Published counts differ because their definitions
differ, so the definition is an argument; the default is the one most tables can be reproduced with.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.history import Counts

Interval: TypeAlias = Literal["n/k", "mean-interval", "mean-gap"]
Rule: TypeAlias = Literal["sbc", "kh"]

CLASSES: Final = ("never", "smooth", "erratic", "intermittent", "lumpy")
ADI_CUT: Final = 1.32
CV2_CUT: Final = 0.49


def adi(counts: Counts, definition: Interval = "n/k") -> NDArray[np.float64]:
    """Average interval between demands, in periods, per item; infinite without demand.

    Parameters
    ----------
    counts
        Shape (periods, items), NaN where not observed.
    definition
        ``n/k``: observed periods over periods with demand. ``mean-interval``: mean of the intervals, the first one
        counted from the start of the history. ``mean-gap``: mean interval between demands only (one demand: ``n/k``).

    Examples
    --------
    >>> y = np.array([[0.0, 3, 0, 0, 1, 0]]).T
    >>> [float(adi(y, how)[0]) for how in ("n/k", "mean-interval", "mean-gap")]
    [3.0, 2.5, 3.0]
    """
    used = counts > 0
    demands = used.sum(axis=0)
    plain = np.isfinite(counts).sum(axis=0) / np.maximum(demands, 1)
    if definition == "n/k":
        return np.where(demands > 0, plain, np.inf)
    observed = np.cumsum(np.isfinite(counts), axis=0)
    items = np.arange(counts.shape[1])
    first = observed[used.argmax(axis=0), items]
    last = observed[len(counts) - 1 - used[::-1].argmax(axis=0), items]
    if definition == "mean-interval":
        return np.where(demands > 0, last / np.maximum(demands, 1), np.inf)
    if definition == "mean-gap":
        return np.where(demands > 1, (last - first) / np.maximum(demands - 1, 1), np.where(demands > 0, plain, np.inf))
    raise ConfigError(f"there is no interval definition {definition!r}; choose n/k, mean-interval or mean-gap")


def cv2(counts: Counts, ddof: int = 1) -> NDArray[np.float64]:
    """Squared coefficient of variation of the sizes of demand, per item; 0 with fewer than two demands.

    Parameters
    ----------
    counts
        Shape (periods, items).
    ddof
        1: sample variance; 0: population variance.

    Examples
    --------
    >>> float(cv2(np.array([[0.0, 2, 0, 4]]).T)[0])
    0.2222222222222222
    """
    sizes = np.where(counts > 0, counts, 0.0)
    number = (counts > 0).sum(axis=0)
    mean = sizes.sum(axis=0) / np.maximum(number, 1)
    # Whole rows at a time: a table of all deviations would double the memory.
    squares = np.zeros_like(mean)
    for row in counts:
        squares += np.where(row > 0, (row - mean) ** 2, 0.0)
    variance = squares / np.maximum(number - ddof, 1)
    return np.where(number > 1, variance / np.where(mean > 0, mean, 1.0) ** 2, 0.0)


def demand_class(
    interval: NDArray[np.float64],
    variation: NDArray[np.float64],
    rule: Rule = "sbc",
    adi_cut: float = ADI_CUT,
    cv2_cut: float = CV2_CUT,
) -> NDArray[np.object_]:
    """Name the class of each item: never (no demand), smooth, erratic, intermittent or lumpy.

    ``sbc`` cuts at ADI 1.32 and CV2 0.49 (Syntetos, Boylan and Croston 2005, JORS 56:495). ``kh`` draws the line
    between simple and corrected Croston, CV2 > 2 - 1.5 ADI (Kostenko and Hyndman 2006), and calls the two sides
    smooth and intermittent.

    >>> demand_class(np.array([1.0, 4.0, np.inf]), np.array([0.1, 0.9, 0.0])).tolist()
    ['smooth', 'lumpy', 'never']
    """
    if rule == "kh":
        number = np.where(variation > 2 - 1.5 * interval, 3, 1)
    elif rule == "sbc":
        number = 1 + 2 * (interval >= adi_cut) + (variation >= cv2_cut)
    else:
        raise ConfigError(f"there is no class rule {rule!r}; choose sbc or kh")
    return np.array(CLASSES, dtype=object)[np.where(np.isfinite(interval), number, 0)]


def abc(value: ArrayLike, cuts: tuple[float, float] = (0.8, 0.95)) -> NDArray[np.object_]:
    """Class A, B or C by share of the whole value (usage x price): the fewest items that make 80 % are A, up to 95 % B.

    Equal values share a class, so that the order of the rows decides nothing. Without any value all are C.

    >>> abc([70.0, 15, 10, 5, 0]).tolist()
    ['A', 'A', 'B', 'C', 'C']
    """
    return abc_of(value, abc_limits(value, cuts))


def abc_limits(value: ArrayLike, cuts: tuple[float, float] = (0.8, 0.95)) -> tuple[float, float]:
    """Give the least value of an item in A, and of one in B; infinite where there is none.

    >>> abc_limits([70.0, 15, 10, 5, 0])
    (15.0, 10.0)
    """
    worth = np.nan_to_num(np.asarray(value, dtype=np.float64))
    levels, number = np.unique(-worth[worth > 0], return_counts=True)
    mass = -levels * number
    # The share that dearer items hold already: an item belongs to A while they don't reach the cut yet.
    dearer = (np.cumsum(mass) - mass) / max(mass.sum(), np.finfo(float).tiny)
    rank = np.searchsorted(np.asarray(cuts) - 1e-12, dearer, side="right")
    a, b = (float(-levels[rank <= most].max(initial=-np.inf)) for most in (0, 1))
    return a, b


def abc_of(value: ArrayLike, limits: tuple[float, float]) -> NDArray[np.object_]:
    """Class A, B or C of each item by the least values of A and B, see `abc_limits`.

    >>> abc_of([70.0, 15, 10, 5, 0], (15.0, 10.0)).tolist()
    ['A', 'A', 'B', 'C', 'C']
    """
    worth = np.nan_to_num(np.asarray(value, dtype=np.float64))
    return np.array(["C", "B", "A"], dtype=object)[
        sum((worth >= least * (1 - 1e-9)).astype(np.int64) for least in limits)
    ]
