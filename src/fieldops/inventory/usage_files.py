"""Usage in Parquet files, counted in one pass: however many rows there are, a chunk of them is held at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fieldops import cells
from fieldops.columns import Moment
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.inventory import columnar
from fieldops.inventory.history import DemandHistory, Life
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.succession import Succession
from fieldops.inventory.tally import Codes, Tally
from fieldops.inventory.usage import COLUMNS, REASONS, reason_words

if TYPE_CHECKING:
    import pyarrow as pa

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROWS: Final = 1 << 20
"""Rows held at once."""
MOST_PCS: Final = 1e9
"""More pieces than this in one movement are a mistake, as in the table."""
_FIRST, _LAST = (np.datetime64(f"{year}-01-01", "D") for year in (cells.YEARS[0], cells.YEARS[-1] + 1))


@dataclass(frozen=True, eq=False)
class CountedUsage:
    """What a pass over files of usage gave.

    Attributes
    ----------
    history
        The demand.
    rows
        Rows read.
    outside
        Good rows outside the periods of the history.
    skipped
        Faulty rows left out.
    faults
        One for each kind of mistake, with the first row that has it.
    """

    history: DemandHistory
    rows: int
    outside: int
    skipped: int
    faults: tuple[Fault, ...]


def count_files(
    sources: str | Path | Sequence[str | Path],
    *,
    period: Period = "month",
    since: date | None = None,
    until: date | None = None,
    zone: str = "Asia/Shanghai",
    names: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
    demand_reasons: Collection[str] = ("use",),
    items: Iterable[tuple[str, str]] = (),
    succession: Succession | None = None,
    skip_faulty: bool = False,
) -> CountedUsage:
    """Count the usage of Parquet files per period and item, in one pass and in little memory.

    The columns are those of the table ``usage``, their other spellings included. Days come as dates, as moments (with a
    zone, or local) or as text.

    Parameters
    ----------
    sources
        A file, or several with the same columns.
    period, since, until, items
        As for `count_usage`. Rows outside are left out and counted.
    zone
        Zone whose days count for moments that name another.
    names
        Column -> heading, where the headings differ.
    reasons, demand_reasons
        As for `intake.inventory`.
    succession
        Whose demand goes to whom.
    skip_faulty
        Go on without faulty rows; else they are an error.

    Raises
    ------
    TableError
        With a fault for each kind of mistake: how many rows have it and which is the first. Rows are numbered as the
        rows of a table, the first of a file being 2.
    ConfigError
        If an argument is impossible, or pyarrow isn't installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"date": pd.to_datetime(["2026-01-05", "2026-03-01"]), "place": "XA", "part": "P1"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows.assign(qty_pcs=[1, 2]).to_parquet(f"{folder}/usage.parquet")
    ...     found = count_files(f"{folder}/usage.parquet")
    >>> found.history.counts[:, 0].tolist(), found.rows
    ([1.0, 0.0, 2.0], 2)
    """
    strange = sorted(set(demand_reasons) - set(REASONS))
    if strange:
        raise ConfigError(f"demand_reasons are of {', '.join(REASONS)}; there is no {', '.join(strange)}")
    words = reason_words(reasons)
    demand = {word for word, meant in words.items() if meant in demand_reasons}
    reader = _Reader(Tally(period), ZoneInfo(zone), frozenset(words), frozenset(demand))
    for path in [sources] if isinstance(sources, str | Path) else sources:
        reader.read(Path(path), names or {}, succession)
    if reader.wrong and not skip_faulty:
        raise TableError(reader.faults())
    history = reader.tally.history(since=since, until=until, items=items)
    outside = reader.rows - reader.skipped - reader.tally.within(history.edges)
    if succession is not None:
        history = _marked(history, succession, reader.took)
    return CountedUsage(history, reader.rows, outside, reader.skipped, tuple(reader.faults()))


@dataclass
class _Reader:
    """Adds the rows of files to a tally, and counts what is wrong with them."""

    tally: Tally
    zone: ZoneInfo
    words: frozenset[str]
    demand: frozenset[str]
    rows: int = 0
    skipped: int = 0
    wrong: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    took: set[tuple[str, str]] = field(default_factory=set)

    def read(self, path: Path, names: Mapping[str, str], succession: Succession | None) -> None:
        """Add all rows of a file."""
        place, part, reason = (_Coded(codes) for codes in (self.tally.places, self.tally.parts, Codes()))
        day, before = _Dated(self.zone), 0
        for columns, headings in _chunks(path, names):
            size = len(columns["date"])
            said = reason.of(columns["reason"], fold=True) if "reason" in columns else np.full(size, -1)
            said = np.where(said < 0, reason.codes.of("use"), said)
            chunk = day.of(columns["date"]), part.of(columns["part"]), place.of(columns["place"])
            pieces = columnar.numbers(columns["qty_pcs"], "usage", headings["qty_pcs"])
            good = np.ones(size, dtype=bool)
            for kind, where in self._mistakes(*chunk, pieces, said, reason.codes):
                good &= ~where
                number, first = self.wrong.get(kind, (0, f"{path.name}, row {before + int(where.argmax()) + 2}"))
                self.wrong[kind] = number + int(where.sum()), first
            wanted = np.array([name in self.demand for name in reason.codes.names])[said]
            pieces = np.where(wanted, pieces, 0.0)[good]
            self._add(chunk[0][good], chunk[1][good], chunk[2][good], pieces, succession)
            before, self.rows, self.skipped = before + size, self.rows + size, self.skipped + int((~good).sum())

    def _mistakes(
        self, days: Days, parts: Ints, places: Ints, pieces: Floats, said: Ints, reasons: Codes
    ) -> Iterator[tuple[tuple[str, str, str], Mask]]:
        """Give each kind of mistake that a chunk has (column, code, words), and its rows."""
        known = np.array([name in self.words for name in reasons.names])
        strange = np.unique(said[~known[said]]).tolist()
        kinds = [
            (("date", "bad-value", f"no day of the years {_FIRST} to {_LAST}"), ~((days >= _FIRST) & (days < _LAST))),
            (("place", "empty-cell", "empty"), places < 0),
            (("part", "empty-cell", "empty"), parts < 0),
            (("qty_pcs", "bad-value", f"no number from 0 to {MOST_PCS:g}"), ~((pieces >= 0) & (pieces <= MOST_PCS))),
            *((("reason", "unknown-reason", f"{reasons.names[code]!r}, not known"), said == code) for code in strange),
        ]
        return ((kind, where) for kind, where in kinds if where.any())

    def _add(self, days: Days, parts: Ints, places: Ints, pieces: Floats, succession: Succession | None) -> None:
        if succession is not None:
            names = np.array(self.tally.parts.names, dtype=object)
            heirs, factor = succession.heirs(names)
            moved = np.flatnonzero((heirs != names)[parts])
            pairs = np.unique(np.stack([parts[moved], places[moved]]), axis=1).T
            self.took |= {(heirs[part], self.tally.places.names[place]) for part, place in pairs}
            codes = np.array([self.tally.parts.of(name) for name in heirs], dtype=np.int64)
            parts, pieces = codes[parts], pieces * factor[parts]
        self.tally.add(days, parts, places, pieces)

    def faults(self) -> list[Fault]:
        """Give one fault for each kind of mistake."""
        actions = {"unknown-reason": f"map it in `reasons` to one of {', '.join(REASONS)}"}
        return [
            Fault(
                "usage", None, column, code, f"{words}: {number:,} rows, first {first}", actions.get(code, "mend them")
            )
            for (column, code, words), (number, first) in sorted(self.wrong.items())
        ]


class _Coded:
    """A column of names as numbers; every different cell is read once."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self._known: dict[Any, int] = {None: -1}

    def of(self, column: pa.Array, *, fold: bool = False) -> Ints:
        """Give each row its number, -1 for an empty cell."""
        found = column if hasattr(column, "dictionary") else column.dictionary_encode()
        numbers = np.empty(len(found.dictionary) + 1, dtype=np.int64)
        for at, cell in enumerate(found.dictionary.to_pylist()):
            if cell not in self._known:
                name = "" if cells.empty(cell) else cells.name(cell)
                self._known[cell] = self.codes.of(name.lower() if fold else name) if name else -1
            numbers[at] = self._known[cell]
        numbers[-1] = -1
        return np.asarray(numbers[found.indices.fill_null(-1).to_numpy(zero_copy_only=False)])


class _Dated:
    """A column of days, moments or texts as local days; every different text is read once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._known: dict[Any, np.datetime64] = {}

    def of(self, column: pa.Array) -> Days:
        """Give each row its day, NaT for what is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_timestamp(column.type):
            if column.type.tz is not None:
                column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, self.zone.key)))
            return np.asarray(column.to_numpy(zero_copy_only=False)).astype("datetime64[D]")
        if pa.types.is_date(column.type):
            return np.asarray(column.to_numpy(zero_copy_only=False)).astype("datetime64[D]")
        found = column if hasattr(column, "dictionary") else column.dictionary_encode()
        texts = found.dictionary.to_pylist()
        days = np.array([*map(self._day, texts), np.datetime64("NaT")], dtype="datetime64[D]")
        return np.asarray(days[found.indices.fill_null(-1).to_numpy(zero_copy_only=False)])

    def _day(self, cell: Any) -> np.datetime64:
        if cell not in self._known:
            try:
                local = datetime.fromtimestamp(Moment()(cell, self.zone), self.zone)
                self._known[cell] = np.datetime64(local.date(), "D")
            except ValueError:
                self._known[cell] = np.datetime64("NaT", "D")
        return self._known[cell]


def _chunks(path: Path, names: Mapping[str, str]) -> Iterator[tuple[dict[str, pa.Array], dict[str, str]]]:
    """Give the chunks of a file by declared column, and the heading of each column."""
    heads = columnar.headings(path, "usage", COLUMNS, names)
    texts = [heads[name] for name in ("place", "part", "reason") if name in heads]
    with columnar.opened(path, "usage", texts) as file:
        for batch in file.iter_batches(ROWS, columns=[*heads.values()]):
            yield {name: batch.column(heading) for name, heading in heads.items()}, heads


def _marked(history: DemandHistory, succession: Succession, took: Collection[tuple[str, str]]) -> DemandHistory:
    """Mark the items whose part is superseded, and those that took demand over."""
    over = np.isin(history.parts.astype(str), succession.ids[succession.superseded].astype(str))
    heirs = np.array([pair in took for pair in zip(history.parts, history.places, strict=True)], dtype=bool)
    return history.marked(Life.SUPERSEDED, over).marked(Life.INHERITED, heirs)
