"""Given seconds and metres: read, rounded, and everything that is wrong with them told at once."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.routing.ways.coordinates import Floats

# No way. Well inside int32, and no sum of a route's legs in int64 comes back into the feasible.
UNREACHABLE: Final = 2**30

PRINTED: Final = 5
BYTES_PER_PAIR: Final = 8
MEBIBYTE: Final = 2**20
_LOW, _HIGH = np.iinfo(np.int32).min, np.iinfo(np.int32).max

# Less than half a millionth above a whole number is dust of binary counting (276.00000000000006): not rounded up.
_DUST_DECIMALS: Final = 6


def refuse(faults: Iterable[str]) -> None:
    """Raise one ConfigError that tells `faults`, the first five in full; do nothing if there are none."""
    lines = list(faults)
    if lines:
        more = [f"... and {len(lines) - PRINTED:,} more"] if len(lines) > PRINTED else []
        raise ConfigError("; ".join(lines[:PRINTED] + more))


def check_room(count: int, limit_mib: float) -> None:
    """Raise ConfigError if seconds and metres between `count` places take more than `limit_mib` MiB."""
    needed = count * count * BYTES_PER_PAIR / MEBIBYTE
    if needed > limit_mib:
        raise ConfigError(
            f"travel between {count:,} places takes {needed:,.0f} MiB, more than the limit of {limit_mib:,.0f}: "
            "plan by region, leave out places that nobody visits, or raise limit_mib"
        )


def whole(values: Floats) -> NDArray[np.int32]:
    """Round up to whole numbers, dust apart; what is not finite becomes `UNREACHABLE`.

    >>> whole(np.array([59.2, 276.00000000000006, np.inf])).tolist()
    [60, 276, 1073741824]
    """
    finite = np.isfinite(values)
    # Beyond UNREACHABLE all numbers are wrong alike, and are refused later; cut there, they fit an int32.
    kept = np.clip(np.where(finite, values, 0.0), _LOW, _HIGH)
    # A negative number is wrong and is found later: it must not be rounded up to nothing.
    rounded = np.where(kept < 0, np.floor(kept), np.ceil(np.round(kept, _DUST_DECIMALS)))
    return np.where(finite, rounded, UNREACHABLE).astype(np.int32)


def number_list(cells: Sequence[Any], name: str) -> Floats:
    """Read cells as floats; None is NaN.

    Raises
    ------
    ConfigError
        If a cell is no number; the first is named.
    """
    try:
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name} of travel hold something that is no number: {error}") from None


def square(values: Any, name: str) -> NDArray[np.int32]:
    """Read a given square array as whole numbers; a blank on the diagonal is zero.

    Raises
    ------
    ConfigError
        If it is not square or holds something that is no number.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "iu":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name} of travel hold something that is no number: {error}") from None
    if array.size == 0:
        array = array.reshape(0, 0)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ConfigError(
            f"{name} of travel have shape {array.shape}: give a square, a row and a column for each place"
        )
    if array.dtype.kind in "iu":
        return np.asarray(np.clip(array, _LOW, _HIGH), dtype=np.int32)
    found = whole(array)
    blank = np.isnan(array.diagonal())
    found[np.diag_indices_from(found)] = np.where(blank, 0, found.diagonal())
    return found


def faults(places: Sequence[str], seconds: NDArray[Any], metres: NDArray[Any]) -> list[str]:
    """Tell everything that keeps two whole-number arrays from being travel between `places`."""
    found = [f"place {place!r} is no text: give ids as text" for place in places if type(place) is not str]
    counts = Counter(places)
    found += [f"place {place!r} stands there {n} times: give each once" for place, n in counts.items() if n > 1]
    shape = (len(places), len(places))
    for name, array in (("seconds", seconds), ("metres", metres)):
        if array.shape != shape:
            found.append(f"{name} have shape {array.shape}, not a row and a column for each of {len(places):,} places")
        elif array.dtype.kind not in "iu":
            found.append(f"{name} are {array.dtype}, not whole numbers: use Travel.from_matrix, which rounds")
        else:
            found += _named(places, array, array < 0, name, "give a number from 0 up")
            found += _named(
                places, array, array > UNREACHABLE, name, "give the right one, or a blank if there is no way"
            )
            found += _named(places, array, np.diag(array.diagonal() != 0), name, "from a place to itself it is 0")
    if not found:
        lost = (seconds == UNREACHABLE) != (metres == UNREACHABLE)
        found += _named(places, metres, lost, "metres", "seconds and metres must both say whether there is a way")
    return found


def unknown(place: str, places: Iterable[str]) -> str:
    """Say that `place` is not among `places`, and which may be meant."""
    close = difflib.get_close_matches(str(place), list(places), n=1)
    return f"which it has not: did you mean {close[0]!r}?" if close else "which it has not: add it"


def check_repeats(places: Sequence[str], at: tuple[NDArray[np.int64], ...], seconds: Floats, metres: Floats) -> None:
    """Raise ConfigError if two rows of a long table state one leg differently."""
    order = np.lexsort((metres, seconds, at[1], at[0]))
    one, other = order[:-1], order[1:]
    repeated = (at[0][one] == at[0][other]) & (at[1][one] == at[1][other])
    differ = np.zeros(len(one), dtype=bool)
    for part in (seconds, metres):
        differ |= (part[one] != part[other]) & ~(np.isnan(part[one]) & np.isnan(part[other]))
    refuse(
        f"travel from {places[at[0][row]]!r} to {places[at[1][row]]!r} stands there twice, differently: keep one row"
        for row in one[repeated & differ]
    )


def _named(places: Sequence[str], array: NDArray[Any], wrong: NDArray[np.bool_], name: str, action: str) -> list[str]:
    cells = np.argwhere(wrong)
    lines = [
        f"from {places[a]!r} to {places[b]!r} the {name} are {array[a, b]}: {action}"
        for a, b in cells[:PRINTED].tolist()
    ]
    return lines + [f"and so for {len(cells) - PRINTED:,} more legs"] * (len(cells) > PRINTED)
