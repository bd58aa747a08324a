"""The part master: what a part costs, how long it takes to come, and the least and most to keep of it.

Columns of the table ``parts`` are declared here. Inside, lead times are whole seconds, prices are Money and
quantities are pieces, each an array with one entry a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops import cells, units
from fieldops.columns import Choice, Column, Duration, Moment, Name, Number, Text
from fieldops.errors import ConfigError, Fault, TableError

if TYPE_CHECKING:
    import pandas as pd

NO_CAP: Final = np.iinfo(np.int64).max
TWICE: Final = ("the part stands there twice", "keep one entry")
FOREVER_DAYS: Final = 1e5
BAD_BREAKS: Final = ("larger orders are not cheaper by the piece", "lower the prices of price_breaks, or raise price")
CAP_BELOW_FLOOR: Final = ("the most to stock is below the least", "lower min_stock_pcs or raise max_stock_pcs")
PART_ALIASES: Final = ("备件编码", "物料编码", "料号", "备件号", "备件")
PLACE_ALIASES: Final = ("仓库", "库房", "仓库编码", "地点", "备件库")
SUPPLIER_ALIASES: Final = ("供应商", "供应商编码", "厂家")
LONGEST_DAYS: Final = 3650
"""Days from order to shelf; what took longer is a mistake."""
SPREAD_OF_NOTHING: Final = (
    "a lead time of 0 days has a spread",
    "state lead_time_days, or leave lead_time_sd_days out",
)
WIDEST: Final = 10
"""Standard deviations of a lead time above so many times itself are a mistake: weeks for days, or a variance."""
SPREAD_TOO_WIDE: Final = (
    f"the spread is more than {WIDEST} times the lead time",
    "mend lead_time_sd_days (a standard deviation in calendar days) or lead_time_days",
)
POLICY_NAMES: Final = ("R,S", "R,s,S", "R,s,nQ", "S-1,S", "s,S", "s,nQ", "R,Q")
MODEL_NAMES: Final = (
    "pooled",
    "negative_binomial",
    "negative_binomial_plain",
    "pooled_plain",
    "poisson",
    "empirical",
    "compound_poisson_geometric",
    "compound_poisson_logarithmic",
    "compound_poisson_empirical",
    "willemain",
    "willemain_plain",
    "viswanathan_zhou",
)
CRITICALITY: Final = {
    "vital": ("v", "critical", "关键", "重要", "至关重要"),
    "essential": ("e", "normal", "一般", "普通", "必要"),
    "desirable": ("d", "low", "次要", "低"),
}


@dataclass(frozen=True)
class Price:
    """A price per piece, kept as Money to a thousandth of a cent: screws cost less than a cent."""

    high: float = 1e9

    example = "120.50"

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Money:
        """Read one cell."""
        return units.whole(cells.within(cells.number(cell), 0, self.high) * units.CURRENCY)


@dataclass(frozen=True)
class PriceBreaks:
    """Prices of larger orders, ``50:9.5; 200:9`` for 9.50 a piece from 50 pieces on and 9.00 from 200 on."""

    example = "50:9.5; 200:9"

    def __call__(self, cell: Any, zone: ZoneInfo) -> tuple[tuple[int, units.Money], ...]:
        """Read one cell."""
        found = []
        for pair in cells.names(cell):
            least, mark, price = pair.partition(":")
            if not mark:
                raise ValueError(f"{cells.shown(pair)} is no quantity and price such as 50:9.5")
            found.append((cells.whole_number(least, 2, 1e9), Price()(price, zone)))
        rising = all(one < two for (one, _), (two, _) in pairwise(found))
        if not rising or not all(one > two > 0 for (_, one), (_, two) in pairwise(found)):
            raise ValueError("larger quantities need lower prices, the smallest quantity first")
        return tuple(found)


COLUMNS: Final = (
    Column("parts", "id", Name(), unique=True, aliases=PART_ALIASES, help="id of the part"),
    Column(
        "parts", "name", Text(), default="", aliases=("名称", "备件名称", "物料名称", "品名"), help="name for people"
    ),
    Column("parts", "price", Price(), default=0, aliases=("单价", "价格", "成本价"), help="currency units a piece"),
    Column(
        "parts",
        "criticality",
        Choice(CRITICALITY),
        default="essential",
        aliases=("关键性", "重要性", "关键度"),
        help="vital, essential or desirable (V, E, D)",
    ),
    Column(
        "parts",
        "lead_time_days",
        Duration("days", high=LONGEST_DAYS),
        aliases=("提前期", "采购提前期", "交货期", "采购周期"),
        help="calendar days from order to shelf",
    ),
    Column(
        "parts",
        "lead_time_sd_days",
        Duration("days", high=LONGEST_DAYS),
        default=0,
        aliases=("提前期标准差", "交货期标准差"),
        help="standard deviation of the lead time; empty: it never varies. Past deliveries tell it better",
    ),
    Column("parts", "supplier", Name(), default="", aliases=SUPPLIER_ALIASES, help="who delivers it"),
    Column(
        "parts",
        "moq_pcs",
        Number(low=1, high=1e9, whole=True),
        default=1,
        aliases=("起订量", "最小订购量"),
        help="least quantity a supplier accepts",
    ),
    Column(
        "parts",
        "pack_pcs",
        Number(low=1, high=1e9, whole=True),
        default=1,
        aliases=("包装数", "包装量", "订货倍数"),
        help="orders are multiples of it",
    ),
    Column(
        "parts",
        "min_stock_pcs",
        Number(low=0, high=1e9, whole=True),
        default=0,
        aliases=("最低库存", "最小库存", "安全库存"),
        help="keep at least so many at each place that stocks the part",
    ),
    Column(
        "parts",
        "max_stock_pcs",
        Number(low=0, high=1e9, whole=True),
        default=None,
        aliases=("最高库存", "最大库存"),
        help="order up to no more than so many; empty: no cap",
    ),
    Column(
        "parts",
        "price_breaks",
        PriceBreaks(),
        default=(),
        aliases=("阶梯价", "价格阶梯"),
        help="prices of larger orders, for all their pieces; counted where ordering has a cost",
    ),
    Column(
        "parts",
        "shelf_life_days",
        Duration("days", low=1, high=36500),
        default=None,
        aliases=("保质期", "有效期", "货架期"),
        help="calendar days from the shelf until a piece can't be used; no more is stocked than is used by then",
    ),
    Column(
        "parts",
        "policy",
        Choice(dict.fromkeys(POLICY_NAMES, ())),
        default="",
        aliases=("库存策略", "补货策略"),
        help="how it is ordered, if not as the others: " + "; ".join(POLICY_NAMES),
    ),
    Column(
        "parts",
        "model",
        Choice(dict.fromkeys(MODEL_NAMES, ())),
        default="",
        aliases=("需求模型", "预测模型"),
        help="model of its demand, if not that of the others: " + "; ".join(MODEL_NAMES),
    ),
    Column(
        "parts",
        "introduced",
        Moment(),
        default=None,
        aliases=("启用日期", "上市日期"),
        help="the part's life begins here; periods before are no zeros of demand",
    ),
    Column(
        "parts",
        "ended",
        Moment(),
        default=None,
        aliases=("停用日期", "退市日期", "淘汰日期"),
        help="the part's life ends here; from then on it is not stocked",
    ),
    Column(
        "parts",
        "successor",
        Name(),
        default="",
        refers="parts.id",
        aliases=("替代料号", "替代备件", "后继备件", "新料号"),
        help="part that took its place; the demand goes with it",
    ),
    Column(
        "parts",
        "successor_ratio",
        Number(low=1e-6, high=1e6),
        default=1.0,
        aliases=("替代比例", "替代数量"),
        help="pieces of the successor that replace one piece",
    ),
)


@dataclass(frozen=True, eq=False)
class PartMaster:
    """One entry a part in every array.

    Attributes
    ----------
    ids, names, criticality, policy, model, supplier
        Words, shape (parts,); policy, model and supplier are empty where the part has none of its own.
    price
        Money a piece.
    lead_time, lead_spread
        Seconds from order to shelf, calendar time: mean and standard deviation.
    moq, pack, min_stock, max_stock
        Pieces; `max_stock` is ``NO_CAP`` where there is none.
    shelf_life
        Seconds from the shelf until a piece can't be used; ``NO_CAP`` where it can always.
    breaks, break_price
        Least pieces of larger orders and Money a piece of them, shape (parts, ranges); infinite and NaN beyond a part's
        own.

    Examples
    --------
    >>> PartMaster.of(["P1", "P2"], price=[10, 2.5], lead_time_days=[30, 90])
    PartMaster(2 parts)
    """

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    criticality: NDArray[np.object_]
    price: NDArray[np.int64]
    lead_time: NDArray[np.int64]
    moq: NDArray[np.int64]
    pack: NDArray[np.int64]
    min_stock: NDArray[np.int64]
    max_stock: NDArray[np.int64]
    policy: NDArray[np.object_]
    model: NDArray[np.object_]
    shelf_life: NDArray[np.int64]
    breaks: NDArray[np.float64]
    break_price: NDArray[np.float64]
    lead_spread: NDArray[np.int64]
    supplier: NDArray[np.object_]

    def __repr__(self) -> str:
        return f"PartMaster({len(self.ids):,} parts)"

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _index(self) -> pd.Index[Any]:
        """Ids to look up; made once, since a large range asks many times."""
        import pandas as pd

        return pd.Index(self.ids, dtype=object)

    def take(self, rows: NDArray[Any]) -> PartMaster:
        """Keep (or repeat) the parts at these positions."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def of_items(self, parts: NDArray[np.object_]) -> PartMaster:
        """Give one entry an item: the master data of each item's part.

        Raises
        ------
        TableError
            With a fault for every part that is demanded but not in the master.
        """
        return self.take(self.positions(parts))

    def positions(self, parts: NDArray[np.object_]) -> NDArray[np.int64]:
        """Find the parts of items; TableError as for `of_items`."""
        import pandas as pd

        at = self._index.get_indexer(pd.Index(parts, dtype=object))
        unknown = sorted(set(parts[at < 0]))
        if unknown:
            raise TableError([_unknown(part) for part in unknown])
        return np.asarray(at, dtype=np.int64)

    @classmethod
    def of(
        cls,
        ids: Sequence[str] | NDArray[Any],
        *,
        lead_time_days: ArrayLike,
        lead_time_sd_days: ArrayLike = 0.0,
        supplier: Sequence[str] | str = "",
        price: ArrayLike = 0.0,
        names: Sequence[str] | str = "",
        criticality: Sequence[str] | str = "essential",
        moq_pcs: ArrayLike = 1,
        pack_pcs: ArrayLike = 1,
        min_stock_pcs: ArrayLike = 0,
        max_stock_pcs: ArrayLike = NO_CAP,
        policy: Sequence[str] | str = "",
        model: Sequence[str] | str = "",
        shelf_life_days: ArrayLike = np.inf,
        price_breaks: Sequence[Mapping[int, float]] | None = None,
    ) -> PartMaster:
        """Make a part master in code, whole columns at once; a single value holds for all parts.

        Units are those of the table (days, currency units, pieces); `price_breaks` has a mapping a part of least pieces
        to price.

        Raises
        ------
        TableError
            With a fault a part and column whose value is negative, not finite or otherwise impossible, and a fault for
            each id that stands there twice.
        """
        size = len(ids)
        keys = np.array([str(part) for part in ids], dtype=object)
        stated = {
            "price": (price, 0.0),
            "lead_time_days": (lead_time_days, 0.0),
            "lead_time_sd_days": (lead_time_sd_days, 0.0),
            "moq_pcs": (moq_pcs, 1),
            "pack_pcs": (pack_pcs, 1),
            "min_stock_pcs": (min_stock_pcs, 0),
            "max_stock_pcs": (max_stock_pcs, 0),
            "shelf_life_days": (np.minimum(np.asarray(shelf_life_days, dtype=np.float64), FOREVER_DAYS), 1),
        }
        columns = {name: np.broadcast_to(np.asarray(value), size) for name, (value, _) in stated.items()}
        faults = [fault for name, (_, low) in stated.items() for fault in _below(name, columns[name], low, keys)]
        ids_seen, often = np.unique(keys, return_counts=True)
        faults += [Fault("parts", None, "id", "duplicate-id", *TWICE, key) for key in ids_seen[often > 1]]
        ranges = [[(k, v * units.CURRENCY) for k, v in sorted(one.items())] for one in price_breaks or [{}] * size]
        if len(ranges) != size:
            raise ConfigError(f"price_breaks has {len(ranges):,} entries for {size:,} parts")
        faults += [
            Fault("parts", None, "price_breaks", "bad-breaks", *BAD_BREAKS, keys[at])
            for at, one in enumerate(ranges)
            if not falling(columns["price"][at] * units.CURRENCY, one)
        ]
        faults += [
            Fault("parts", None, "max_stock_pcs", "cap-below-floor", *CAP_BELOW_FLOOR, keys[at])
            for at in np.flatnonzero(columns["max_stock_pcs"] < columns["min_stock_pcs"])
        ]
        faults += [
            Fault("parts", None, "lead_time_sd_days", *fault, keys[at])
            for at, (lead, spread) in enumerate(
                zip(columns["lead_time_days"].tolist(), columns["lead_time_sd_days"].tolist(), strict=True)
            )
            if (fault := impossible_spread(lead, spread)) is not None
        ]
        if faults:
            raise TableError(faults)
        breaks, prices = price_ranges(ranges)
        return cls(
            ids=keys,
            names=np.broadcast_to(np.asarray(names, dtype=object), size),
            criticality=np.broadcast_to(np.asarray(criticality, dtype=object), size),
            price=np.rint(columns["price"] * units.CURRENCY).astype(np.int64),
            lead_time=np.rint(columns["lead_time_days"] * units.DAY).astype(np.int64),
            moq=columns["moq_pcs"].astype(np.int64),
            pack=columns["pack_pcs"].astype(np.int64),
            min_stock=columns["min_stock_pcs"].astype(np.int64),
            max_stock=columns["max_stock_pcs"].astype(np.int64),
            policy=np.broadcast_to(np.asarray(policy, dtype=object), size),
            model=np.broadcast_to(np.asarray(model, dtype=object), size),
            shelf_life=shelf_lives(columns["shelf_life_days"] * units.DAY),
            breaks=breaks,
            break_price=prices,
            lead_spread=np.rint(columns["lead_time_sd_days"] * units.DAY).astype(np.int64),
            supplier=np.broadcast_to(np.asarray(supplier, dtype=object), size),
        )


def impossible_spread(lead: float, spread: float) -> tuple[str, str, str] | None:
    """Give code, cause and action where a lead time can't have this standard deviation, both in one unit.

    >>> impossible_spread(20, 5) is None, impossible_spread(0, 5)[0], impossible_spread(20, 500)[0]
    (True, 'spread-of-nothing', 'implausible-spread')
    """
    if spread > 0 and lead == 0:
        return ("spread-of-nothing", *SPREAD_OF_NOTHING)
    if lead > 0 and spread > WIDEST * lead:
        return ("implausible-spread", *SPREAD_TOO_WIDE)
    return None


def shelf_lives(seconds: Any) -> NDArray[np.int64]:
    """Give shelf lives in seconds, ``NO_CAP`` where there is none (None, or for ever)."""
    array = np.array([np.inf if one is None else one for one in seconds], dtype=np.float64)
    for_ever = array >= FOREVER_DAYS * units.DAY
    return np.where(for_ever, NO_CAP, np.where(for_ever, 0, np.rint(array)).astype(np.int64))


def price_ranges(ranges: Sequence[Sequence[tuple[int, float]]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give least pieces and Money a piece of each part's larger orders, shape (parts, most ranges)."""
    most = max((len(one) for one in ranges), default=0)
    breaks, prices = np.full((len(ranges), most), np.inf), np.full((len(ranges), most), np.nan)
    for at, one in enumerate(ranges):
        for range_, (least, price) in enumerate(one):
            breaks[at, range_], prices[at, range_] = least, price
    return breaks, prices


def falling(price: float, ranges: Sequence[tuple[int, float]]) -> bool:
    """Tell whether larger orders are cheaper by the piece, the first range than the price itself."""
    prices = [price, *(one for _, one in ranges)]
    return all(one > two > 0 for one, two in pairwise(prices))


def _below(name: str, values: NDArray[Any], low: float, keys: NDArray[np.object_]) -> list[Fault]:
    bad = ~np.isfinite(values.astype(np.float64)) | (values < low)
    return [
        Fault(
            "parts", None, name, "implausible-value", f"{values[at]} is below {low:g} or no number", "mend it", keys[at]
        )
        for at in np.flatnonzero(bad)
    ]


def _unknown(part: str) -> Fault:
    cause = f"part {part!r} is used or stocked but is not in the parts table"
    return Fault("parts", None, "id", "unknown-part", cause, "add a row with its lead time, or leave it out", part)
