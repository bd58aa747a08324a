"""Spare parts, three years of their usage, and what lies in stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from making.draws import Chance, Row, happens, pick, stream
from making.places import CITIES

FIRST_DAY = date(2023, 11, 23)
DAYS = 1_096  # To 2026-11-22, the eve of the plan.
NEW_DAYS = 100  # A new part is so old.
MONTH = 30.44
# Share of the department's demand.
SHARE = {"XA": 0.16, "BJ": 0.34, "SH": 0.26, "GZ": 0.24}
# Family -> models, then (name, price in yuan, criticality, how it is used).
MODELS = {
    "空调": ("KFR-35", "KFR-50", "KFR-72"),
    "冰箱": ("BCD-310", "BCD-520"),
    "洗衣机": ("XQG-80", "XQG-100"),
    "路由交换": ("SR-2600", "SR-6800"),
    "无线": ("AP-620", "AP-860"),
    "光传输": ("OT-900", "OT-3200"),
    "安防": ("CAM-4", "CAM-8"),
    "数据中心": ("DC-1",),
}
NAMES = {
    "空调": (
        ("压缩机", 880, "vital"),
        ("室外风机电机", 260, "essential"),
        ("室内风机电机", 190, "essential"),
        ("主控板", 320, "vital"),
        ("室外变频板", 540, "vital"),
        ("四通阀", 145, "essential"),
        ("电子膨胀阀", 168, "essential"),
        ("温度传感器", 18, "desirable"),
        ("启动电容", 22, "essential"),
        ("遥控器", 35, "desirable"),
        ("过滤网", 15, "desirable"),
        ("导风电机", 42, "desirable"),
        ("安装支架", 48, "desirable"),
        ("连接铜管组件", 130, "essential"),
    ),
    "冰箱": (
        ("压缩机", 620, "vital"),
        ("主控板", 230, "vital"),
        ("变频驱动板", 310, "vital"),
        ("风机", 85, "essential"),
        ("化霜加热器", 62, "essential"),
        ("照明灯组件", 26, "desirable"),
        ("制冰机", 240, "desirable"),
        ("温控器", 46, "essential"),
        ("门封条", 55, "desirable"),
        ("干燥过滤器", 28, "essential"),
        ("显示面板", 180, "desirable"),
        ("进水阀", 76, "desirable"),
    ),
    "洗衣机": (
        ("变频电机", 420, "vital"),
        ("电脑板", 260, "vital"),
        ("排水泵", 68, "essential"),
        ("进水阀", 42, "essential"),
        ("门锁开关", 38, "essential"),
        ("减震器", 52, "essential"),
        ("水位传感器", 34, "essential"),
        ("皮带", 24, "desirable"),
        ("轴承油封组件", 96, "essential"),
        ("加热管", 58, "desirable"),
        ("进排水管组件", 32, "desirable"),
    ),
    "路由交换": (
        ("主控引擎板", 8600, "vital"),
        ("电源模块", 780, "vital"),
        ("风扇模块", 360, "essential"),
        ("48口业务板", 5200, "vital"),
        ("光模块", 240, "essential"),
        ("万兆子卡", 3100, "essential"),
        ("堆叠线缆", 160, "desirable"),
        ("机柜安装件", 85, "desirable"),
    ),
    "无线": (
        ("射频板", 680, "vital"),
        ("电源适配器", 75, "essential"),
        ("天线组件", 90, "essential"),
        ("控制器板卡", 2400, "vital"),
        ("供电模块", 130, "essential"),
        ("吸顶安装套件", 28, "desirable"),
        ("防水接头", 12, "desirable"),
    ),
    "光传输": (
        ("线路板", 12800, "vital"),
        ("光放大器", 9600, "vital"),
        ("交叉板", 15400, "vital"),
        ("时钟板", 4300, "essential"),
        ("电源板", 1600, "vital"),
        ("光纤跳线", 26, "essential"),
    ),
    "安防": (
        ("镜头模组", 310, "essential"),
        ("红外灯板", 88, "essential"),
        ("主板", 420, "vital"),
        ("录像机硬盘", 520, "vital"),
        ("门禁读卡器", 165, "essential"),
        ("电源适配器", 45, "essential"),
        ("支架", 30, "desirable"),
        ("网络跳线", 8, "desirable"),
    ),
    "数据中心": (
        ("不间断电源电池组", 2600, "vital"),
        ("精密空调风机", 1900, "vital"),
        ("环控采集板", 1250, "essential"),
        ("配电监控模块", 980, "essential"),
    ),
}
FITTED = (
    "安装支架",
    "连接铜管组件",
    "进排水管组件",
    "机柜安装件",
    "吸顶安装套件",
    "防水接头",
    "光纤跳线",
    "支架",
    "网络跳线",
)
# How demand comes: share of the parts; pieces' events a month in the whole department; how many pieces at once.
SHAPES = {
    "intermittent": (0.52, (0.5, 4.0)),
    "lumpy": (0.25, (0.6, 3.5)),
    "smooth": (0.07, (16.0, 34.0)),
    "erratic": (0.06, (14.0, 26.0)),
    "never": (0.06, (0.0, 0.0)),
    "new": (0.04, (3.0, 7.0)),
}
BRISK = ("温度传感器", "遥控器", "过滤网", "启动电容", *FITTED)


def parts() -> list[Row]:
    """One row a part; `family`, `shape`, `rate` and `reason` stay inside the generator."""
    chance, rows = stream(4), []
    for family, names in NAMES.items():
        for name, price, criticality in names:
            for rank, model in enumerate(MODELS[family]):
                rows.append(
                    _part(chance, f"P{len(rows) + 1:04d}", family, name, model, price * (1 + 0.25 * rank), criticality)
                )
    return rows


def _part(chance: Chance, key: str, family: str, name: str, model: str, price: float, criticality: str) -> Row:
    fast = name in BRISK
    weights = [share * (8 if fast and shape in ("smooth", "erratic") else 1) for shape, (share, _) in SHAPES.items()]
    if not fast:
        weights = [
            0 if shape in ("smooth", "erratic") else weight for shape, weight in zip(SHAPES, weights, strict=True)
        ]
    shape = pick(chance, tuple(SHAPES), weights)
    low, high = SHAPES[shape][1]
    dear = price > 1_000
    moq = 1 if dear else int(pick(chance, (1, 2, 5, 10), (50, 20, 20, 10)))
    return {
        "id": key,
        "name": f"{model} {name}",
        "price": f"{price * (0.9 + 0.2 * chance.random_sample()):.2f}",
        "criticality": criticality,
        "lead_time_days": pick(chance, (30, 45, 60) if dear else (3, 5, 7, 10, 14, 21, 30)),
        "moq_pcs": moq,
        "pack_pcs": moq if moq >= 5 else 1,
        "min_stock_pcs": 1 if criticality == "vital" and happens(chance, 0.6) else 0,
        "max_stock_pcs": pick(chance, (2, 3, 4)) if dear and happens(chance, 0.5) else "",
        "introduced": (FIRST_DAY + timedelta(days=DAYS - NEW_DAYS)).isoformat() if shape == "new" else "",
        "family": family,
        "shape": shape,
        "rate": low + (high - low) * float(chance.random_sample()) ** 2,
        "reason": "安装用料" if name in FITTED else "维修用料",
    }


def usage(parts: Sequence[Row]) -> list[Row]:
    """Three years of dated rows: what was used, what came back, what moved between offices."""
    chance, rows = stream(5), []
    for part in parts:
        for place, share in SHARE.items():
            rows += list(_used(chance, part, place, part["rate"] * share))
    rows += list(_returned(chance, rows)) + list(_moved(chance, parts))
    return sorted(rows, key=lambda row: (row["date"], row["place"], row["part"], row["reason"], row["qty_pcs"]))


def _used(chance: Chance, part: Row, place: str, rate: float) -> Iterator[Row]:
    per_day = rate / MONTH * _seasons(part["family"])
    if part["shape"] == "new":
        per_day[:-NEW_DAYS] = 0
    for day in np.flatnonzero(chance.poisson(per_day)):
        yield _row(int(day), place, part["id"], _pieces(chance, part["shape"]), part["reason"])


def _seasons(family: str) -> np.ndarray:
    """Weight each day: a quiet Sunday; air conditioners break in summer and a little in winter."""
    days = [FIRST_DAY + timedelta(days=day) for day in range(DAYS)]
    week = np.array([(1.15, 1.15, 1.15, 1.15, 1.15, 0.85, 0.40)[day.weekday()] for day in days])
    if family != "空调":
        return week
    year = (1.1, 0.8, 0.5, 0.6, 0.9, 1.6, 2.3, 2.0, 0.9, 0.4, 0.4, 0.9)
    return week * np.array([year[day.month - 1] for day in days])


def _pieces(chance: Chance, shape: str) -> int:
    if shape == "lumpy":
        return int(pick(chance, (1, 2, 4, 8, 15), (52, 18, 14, 11, 5)))
    if shape == "erratic":
        return int(pick(chance, (1, 3, 10, 30), (72, 16, 9, 3)))
    return int(pick(chance, (1, 2), (88, 12)))


def _row(day: int, place: str, part: str, pieces: int, reason: str) -> Row:
    stated = FIRST_DAY + timedelta(days=day)
    return {"date": stated.isoformat(), "place": place, "part": part, "qty_pcs": pieces, "reason": reason}


def _returned(chance: Chance, rows: Sequence[Row]) -> Iterator[Row]:
    """Bring some of what was taken back unused within ten days."""
    for row in rows:
        if happens(chance, 0.03):
            day = (date.fromisoformat(row["date"]) - FIRST_DAY).days + 1 + int(chance.randint(10))
            if day < DAYS:
                yield _row(day, row["place"], row["part"], 1 + int(chance.randint(row["qty_pcs"])), "退回")


def _moved(chance: Chance, parts: Sequence[Row]) -> Iterator[Row]:
    """Offices help each other out; the row stands at the office that gives."""
    used = [part for part in parts if part["rate"] > 0]
    for _ in range(160):
        part, place = pick(chance, used), pick(chance, tuple(SHARE))
        yield _row(int(chance.randint(DAYS)), place, part["id"], 1 + int(chance.randint(4)), "调拨")


def stock(parts: Sequence[Row]) -> list[Row]:
    """Fill the shelves on the eve of the plan: too little here, too much there."""
    chance, rows = stream(6), []
    for city in CITIES:
        for part in parts:
            mean = {"lumpy": 3.1, "erratic": 3.0}.get(part["shape"], 1.12)
            per_month = part["rate"] * SHARE[city.office] * mean
            in_lead_time = per_month * part["lead_time_days"] / MONTH
            usual = in_lead_time + per_month
            on_hand = round((usual + 1.3 * usual**0.5) * (0.2 + 1.6 * float(chance.random_sample())))
            on_hand += part["min_stock_pcs"] if happens(chance, 0.8) else 0
            on_hand += int(part["rate"] == 0 and happens(chance, 0.3))  # Nobody asks for it, and there it lies.
            short = on_hand < in_lead_time
            order = max(part["moq_pcs"], -(-round(per_month) // part["pack_pcs"]) * part["pack_pcs"])
            rows.append(
                {
                    "place": city.office,
                    "part": part["id"],
                    "on_hand_pcs": on_hand,
                    "on_order_pcs": order if short and happens(chance, 0.6) else 0,
                    "backorder_pcs": 1 + int(chance.randint(2))
                    if on_hand == 0 and short and happens(chance, 0.2)
                    else 0,
                }
            )
    return rows


SUPPLIERS = ("华东配件", "北方机电", "光联科技", "岭南电子")


def purchase_orders(parts: Sequence[Row], stock: Sequence[Row]) -> list[Row]:
    """One order line for what is on its way to each office; some should have come by now."""
    chance, rows = stream(7), []
    lead = {part["id"]: int(part["lead_time_days"]) for part in parts}
    eve = FIRST_DAY + timedelta(days=DAYS)
    for row in stock:
        if row["on_order_pcs"]:
            gone = int(chance.randint(1, round(lead[row["part"]] * 1.15) + 2))
            rows.append(
                {
                    "id": f"PO{len(rows) + 1:05d}",
                    "place": row["place"],
                    "part": row["part"],
                    "qty_pcs": row["on_order_pcs"],
                    "due": (eve + timedelta(days=lead[row["part"]] - gone)).isoformat(),
                    "supplier": pick(chance, SUPPLIERS),
                }
            )
    return rows


def overrides(parts: Sequence[Row]) -> list[Row]:
    """List what planners decided before tonight: one level that holds, one whose time is over."""
    dear = next(part["id"] for part in parts if "交叉板" in part["name"])
    warm = next(part["id"] for part in parts if "启动电容" in part["name"])
    return [
        {
            "part": dear,
            "place": "XA",
            "decision": "level",
            "decided_pcs": 2,
            "reason": "省公司割接至春节，备一块",
            "by": "李静",
            "until": "2027-02-15",
        },
        {
            "part": warm,
            "place": "GZ",
            "decision": "level",
            "decided_pcs": 30,
            "reason": "夏季高峰",
            "by": "陈浩",
            "until": "2026-09-30",
        },
    ]
