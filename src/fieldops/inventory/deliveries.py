"""Past deliveries: how long orders really took, part by part or supplier by supplier.

Columns of the table ``deliveries`` are declared here. `leadtimes` makes distributions of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fieldops import units
from fieldops.columns import Column, Moment, Name
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.inventory.history import Names, as_names
from fieldops.inventory.parts import LONGEST_DAYS, PART_ALIASES, PLACE_ALIASES, SUPPLIER_ALIASES, PartMaster
from fieldops.inventory.periods import Days
from fieldops.tables import Table

COLUMNS: Final = (
    Column("deliveries", "part", Name(), default="", aliases=PART_ALIASES, help="id of the part that was delivered"),
    Column("deliveries", "place", Name(), default="", aliases=PLACE_ALIASES, help="depot or van it was for"),
    Column(
        "deliveries",
        "supplier",
        Name(),
        default="",
        aliases=SUPPLIER_ALIASES,
        help="who delivered; empty: the part's supplier",
    ),
    Column(
        "deliveries", "ordered", Moment(), aliases=("下单日期", "订货日期", "采购日期"), help="when the order went out"
    ),
    Column(
        "deliveries",
        "received",
        Moment(),
        default=None,
        aliases=("到货日期", "收货日期", "入库日期"),
        help="when it was on the shelf; empty: not yet, and the row tells nothing",
    ),
)
BACKWARDS: Final = ("received-before-ordered", "it came before it was ordered", "mend one of the two days")
TOO_LONG: Final = (
    "implausible-lead-time",
    f"it took more than {LONGEST_DAYS:,} days",
    "mend one of the two days, or leave it out",
)
NOT_YET: Final = (
    "future-delivery",
    "it comes on or after the day of the run",
    "mend the day, or leave it empty until it has come",
)
NOBODY: Final = ("nothing-named", "it names neither part nor supplier", "name one of them")


@dataclass(frozen=True, eq=False)
class Deliveries:
    """Orders that have come, one entry each in every array.

    Attributes
    ----------
    parts, places, suppliers
        Words; empty where not known.
    days
        Calendar days from order to shelf.
    received
        Day on which it came.

    Examples
    --------
    >>> Deliveries.of(["P1"], ordered=["2026-03-01"], received=["2026-04-15"]).days.tolist()
    [45.0]
    """

    parts: Names
    places: Names
    suppliers: Names
    days: NDArray[np.float64]
    received: Days

    def __len__(self) -> int:
        return len(self.days)

    def __repr__(self) -> str:
        return f"Deliveries({len(self):,} orders)"

    @classmethod
    def of(
        cls,
        parts: Sequence[str] | Names | str = "",
        *,
        ordered: Any,
        received: Any,
        places: Sequence[str] | Names | str = "",
        suppliers: Sequence[str] | Names | str = "",
    ) -> Deliveries:
        """Take deliveries in code: days (or local times) of order and receipt, one entry each.

        Orders that have not come yet (NaT) tell nothing and are left out.

        Raises
        ------
        TableError
            With a fault for each order that came before it went out or took more than ten years, names neither part nor
            supplier, or has no day of order. Entries are numbered as rows of a table, the first being 2.
        ConfigError
            If the columns are not of one length.
        """
        sent, come = (np.asarray(times, dtype="datetime64[s]") for times in (ordered, received))
        if sent.ndim != 1 or come.shape != sent.shape:
            raise ConfigError(f"ordered and received are one entry each; these have shapes {sent.shape}, {come.shape}")
        part, place, supplier = (_words(column, len(sent)) for column in (parts, places, suppliers))
        days = np.where(np.isnat(come) | np.isnat(sent), np.nan, (come - sent) / np.timedelta64(1, "D"))
        if faults := [*_faults(part, supplier, sent, days)]:
            raise TableError(faults)
        found = cls(part, place, supplier, days, come.astype("datetime64[D]"))
        return found.take(np.isfinite(days))

    @classmethod
    def none(cls) -> Deliveries:
        """No deliveries known."""
        return cls.of([], ordered=[], received=[])

    def take(self, rows: NDArray[Any]) -> Deliveries:
        """Keep those at these positions, or where a mask is true."""
        return Deliveries(*(getattr(self, field.name)[rows] for field in fields(self)))

    def named(self, master: PartMaster) -> Deliveries:
        """Let deliveries whose supplier isn't stated be those of their part's supplier.

        >>> past = Deliveries.of(["P1"], ordered=["2026-03-01"], received=["2026-04-15"])
        >>> past.named(PartMaster.of(["P1"], lead_time_days=30, supplier="Acme")).suppliers.tolist()
        ['Acme']
        """
        import pandas as pd

        at = pd.Index(master.ids, dtype=object).get_indexer(pd.Index(self.parts, dtype=object))
        usual = np.append(master.supplier, "")
        return replace(self, suppliers=np.where(self.suppliers != "", self.suppliers, usual[at]))

    def unknown(self, master: PartMaster) -> NDArray[np.bool_]:
        """Tell which name neither a part nor a supplier of a master, so that they say nothing of it.

        >>> past = Deliveries.of(["P1", "p1"], ordered=["2026-03-01"] * 2, received=["2026-04-15"] * 2)
        >>> past.unknown(PartMaster.of(["P1"], lead_time_days=30)).tolist()
        [False, True]
        """
        import pandas as pd

        supplied = (self.suppliers != "") & pd.Index(self.suppliers, dtype=object).isin(master.supplier)
        return np.asarray(~(supplied | pd.Index(self.parts, dtype=object).isin(master.ids)), dtype=bool)

    def before(self, day: Any) -> Deliveries:
        """Keep what had come before a day.

        >>> Deliveries.of(["P1"], ordered=["2026-03-01"], received=["2026-04-15"]).before("2026-04-15")
        Deliveries(0 orders)
        """
        return self.take(self.received < np.asarray(day, dtype="datetime64[D]"))


def faulty_deliveries(table: Table, end: float) -> Iterator[Fault]:
    """Find what one cell alone doesn't show; what was received from `end` on (seconds since 1970) hasn't come yet."""
    for at, row in enumerate(table.rows):
        sent, come, part = (table[name][at] for name in ("ordered", "received", "part"))
        if not part and not table["supplier"][at]:
            yield Fault("deliveries", row, table.heading("part"), *NOBODY)
        if come is None:
            continue
        if come < sent:
            yield Fault("deliveries", row, table.heading("received"), *BACKWARDS, part)
        elif come - sent > LONGEST_DAYS * units.DAY:
            yield Fault("deliveries", row, table.heading("received"), *TOO_LONG, part)
        if come >= end:
            yield Fault("deliveries", row, table.heading("received"), *NOT_YET, part)


def deliveries_of(table: Table, zone: ZoneInfo) -> Deliveries:
    """Read a table without faults; an order takes the time that has really gone by, whatever the clocks did."""
    come = [at for at, moment in enumerate(table["received"]) if moment is not None]
    sent, here = (np.array([table[name][at] for at in come], dtype=np.float64) for name in ("ordered", "received"))
    days = [datetime.fromtimestamp(table["received"][at], zone).date() for at in come]
    part, place, supplier = (
        np.array([table[name][at] for at in come], dtype=object) for name in ("part", "place", "supplier")
    )
    return Deliveries(part, place, supplier, (here - sent) / units.DAY, np.array(days, dtype="datetime64[D]"))


def _words(column: Sequence[str] | Names | str, size: int) -> Names:
    if isinstance(column, str):
        return np.full(size, column, dtype=object)
    if len(column) != size:
        raise ConfigError(f"a column of deliveries has {len(column):,} entries, the days have {size:,}")
    return as_names(column)


def _faults(parts: Names, suppliers: Names, sent: NDArray[np.datetime64], days: NDArray[np.float64]) -> Iterator[Fault]:
    kinds = (
        ("ordered", ("bad-value", "it has no day of order", "write one, or leave the row out"), np.isnat(sent)),
        ("received", BACKWARDS, days < 0),
        ("received", TOO_LONG, days > LONGEST_DAYS),
        ("part", NOBODY, (parts == "") & (suppliers == "")),
    )
    for column, (code, cause, action), wrong in kinds:
        for at in np.flatnonzero(wrong).tolist():
            yield Fault("deliveries", at + 2, column, code, cause, action, str(parts[at]))
