"""The columns of the dispatch tables that belong to no single rule: ids, service times, hours, names."""

from __future__ import annotations

from collections.abc import Iterable

from fieldops.columns import Column, Duration, Moment, Name, Number, Text, TimeOfDay
from fieldops.routing import places as spots
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.parts import NEEDED as PARTS
from fieldops.routing.rules.rule import columns_of

JOBS = (
    Column("jobs", "id", Name(), unique=True, aliases=("工单号", "工单编号"), help="the order's number"),
    Column("jobs", "service_min", Duration("min", 0, 24 * 60), aliases=("服务分钟", "工时分钟"), help="time on site"),
    Column("jobs", "customer", Name(), "", refers="customers.id", aliases=("客户", "客户编号"), help="whose order"),
    Column("jobs", "kind", Text(), "", aliases=("类型", "工单类型"), help="repair, installation ..."),
    Column("jobs", "region", Name(), "", aliases=("区域", "城市"), help="regions are planned apart"),
    PARTS,
)
TECHNICIANS = (
    Column("technicians", "id", Name(), unique=True, aliases=("工号", "工程师编号", "技师编号"), help="the technician"),
    Column("technicians", "name", Text(), "", aliases=("姓名",), help="what people call them"),
    Column("technicians", "region", Name(), "", aliases=("区域", "城市"), help="regions are planned apart"),
    Column(
        "technicians",
        "shift_start",
        TimeOfDay(),
        None,
        aliases=("上班时间",),
        help="begin of the day, if there is no shifts table",
    ),
    Column(
        "technicians",
        "shift_end",
        TimeOfDay(),
        None,
        aliases=("下班时间",),
        help="end of the day, if there is no shifts table",
    ),
)
SHIFTS = (
    Column("shifts", "technician", Name(), refers="technicians.id", aliases=("工程师", "工号"), help="whose shift"),
    Column("shifts", "start", Moment(), aliases=("开始", "上班时间"), help="begin of regular working time"),
    Column("shifts", "end", Moment(), aliases=("结束", "下班时间"), help="end of regular working time"),
)
OTHERS = (
    Column("customers", "id", Name(), unique=True, aliases=("客户编号",), help="a customer"),
    Column("customers", "name", Text(), "", aliases=("客户名称", "名称"), help="for the dispatch sheet"),
    Column("parts", "id", Name(), unique=True, aliases=("备件编码", "物料编码"), help="a part"),
    Column("parts", "name", Text(), "", aliases=("名称", "备件名称", "物料名称"), help="for the dispatch sheet"),
)
STOCK = (
    Column(
        "stock",
        "place",
        Name(),
        refers="depots.id",
        aliases=("仓库", "库房", "仓库编码", "地点", "备件库"),
        help="the depot whose shelf it is",
    ),
    Column(
        "stock",
        "part",
        Name(),
        refers="parts.id",
        aliases=("备件编码", "物料编码", "料号", "备件号", "备件"),
        help="id of the part",
    ),
    Column(
        "stock",
        "on_hand_pcs",
        Number(0, 1e12),
        aliases=("库存", "现有库存", "在库数量", "库存数量"),
        help="on the shelf; technicians take no more than that",
    ),
)
OPTIONAL = ("shifts", "depots", "customers", "travel", "parts", "stock")
SHOWN = ("customer", "kind", "region", "address", "parts")


def declared(rules: Iterable[Rule] = RULES) -> tuple[Column, ...]:
    """Return every column that dispatch reads: of the tables themselves, of places, of the rule book."""
    return tuple(dict.fromkeys((*JOBS, *TECHNICIANS, *SHIFTS, *OTHERS, *STOCK, *spots.COLUMNS, *columns_of(rules))))
