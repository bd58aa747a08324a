"""The staff: three layers, what each can do, where each lives; and the customers."""

from __future__ import annotations

from dataclasses import dataclass

from making.draws import Chance, Row, happens, near, pick, stream
from making.places import CITIES, City

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = (
    "伟 强 磊 军 勇 涛 明 超 杰 鹏 浩 宇 斌 波 辉 刚 健 俊 志强 建国 海涛 文博 子轩 晓东 立新 振华 国庆 永安 家乐 思远 "
    "天佑 嘉豪 少华 一鸣 俊峰 云飞 志远 德明 敏 静 丽 艳 娟 霞 雪梅 晓燕 婷婷 佳怡"
).split()
# Skills with levels 1-3, written office by office; 光传输:3 and 数据中心 are rare on purpose.
ROSTER: dict[str, dict[str, tuple[str, ...]]] = {
    "XA": {
        "front": (
            "空调:2;冰箱:1",
            "冰箱:2;洗衣机:2",
            "空调:1;冰箱:1;洗衣机:1",
            "路由交换:1;无线:2",
            "安防:2;无线:1",
        ),
        "senior": ("空调:3;冰箱:2;洗衣机:3", "路由交换:2;无线:3;安防:2"),
        "expert": ("路由交换:3;无线:3;光传输:2;空调:3;冰箱:3",),
    },
    "BJ": {
        "front": (
            "空调:1;冰箱:1",
            "空调:2;洗衣机:1",
            "冰箱:2;洗衣机:2",
            "空调:2;冰箱:2",
            "洗衣机:2;冰箱:1",
            "路由交换:1;无线:1",
            "路由交换:2;无线:1",
            "无线:2;安防:1",
            "安防:2;路由交换:1",
            "安防:1;无线:1",
        ),
        "senior": (
            "空调:3;冰箱:3;洗衣机:2",
            "洗衣机:3;空调:2;冰箱:2",
            "路由交换:3;无线:2;光传输:1",
            "安防:3;无线:3;路由交换:2",
        ),
        "expert": ("光传输:3;路由交换:3;无线:3;数据中心:3", "空调:3;冰箱:3;洗衣机:3;安防:2"),
    },
    "SH": {
        "front": (
            "空调:2;冰箱:1",
            "空调:1;洗衣机:2",
            "冰箱:2;洗衣机:1",
            "空调:2;冰箱:2",
            "路由交换:2;无线:1",
            "无线:2;安防:1",
            "安防:2;路由交换:1",
        ),
        "senior": ("空调:3;冰箱:3;洗衣机:2", "洗衣机:3;空调:2", "路由交换:2;无线:3;光传输:1"),
        "expert": ("路由交换:3;无线:3;光传输:2;安防:3", "空调:3;冰箱:3;洗衣机:3"),
    },
    "GZ": {
        "front": (
            "空调:2;洗衣机:1",
            "空调:2;冰箱:2",
            "冰箱:1;洗衣机:2",
            "空调:1;冰箱:1;洗衣机:1",
            "路由交换:1;无线:2",
            "安防:2;无线:1",
            "路由交换:2;安防:1",
        ),
        "senior": (
            "空调:3;冰箱:2",
            "冰箱:3;洗衣机:3;空调:2",
            "路由交换:2;无线:2;安防:3",
            "无线:3;光传输:1;路由交换:2",
        ),
        "expert": ("光传输:2;路由交换:3;无线:3;空调:3",),
    },
}
# Yuan per hour, minutes of overtime, minutes of driving a day.
TERMS = {
    "front": {"cost_per_hour": (52, 68), "overtime_max_min": (60, 90), "drive_max_min": (240, 240)},
    "senior": {"cost_per_hour": (80, 98), "overtime_max_min": (60, 120), "drive_max_min": (240, 270)},
    "expert": {"cost_per_hour": (128, 150), "overtime_max_min": (60, 60), "drive_max_min": (270, 300)},
}
SHIFTS = (("08:30", "17:30"), ("09:00", "18:00"), ("08:00", "17:00"))
FIRST = (
    "华悦",
    "仁康",
    "晨光",
    "云谷",
    "瑞丰",
    "恒达",
    "锦程",
    "远景",
    "天泽",
    "安和",
    "启明",
    "明珠",
    "星海",
    "博雅",
    "融创汇",
    "中润",
)
TRADES = (
    "酒店",
    "医院",
    "中学",
    "科技园",
    "商务中心",
    "购物广场",
    "物流园",
    "食品厂",
    "健身会所",
    "连锁超市",
    "写字楼",
    "体育馆",
)


def technicians() -> list[Row]:
    """Forty-eight people in four offices."""
    chance, rows, names = stream(1), [], set()
    for city in (CITIES[1], CITIES[2], CITIES[3], CITIES[0]):
        for layer, holders in ROSTER[city.office].items():
            for skills in holders:
                name = _name(chance, names)
                rows.append(_technician(chance, f"T{len(rows) + 1:03d}", name, city, layer, skills))
    # One early bird in Xi'an, who is already at work when the night's tables are drawn.
    early = next(row for row in rows if row["office"] == "XA" and row["layer"] == "senior")
    early |= {"shift_start": "07:30", "shift_end": "16:30"}
    return rows


def _name(chance: Chance, taken: set[str]) -> str:
    while (name := pick(chance, SURNAMES) + pick(chance, GIVEN)) in taken:
        pass
    taken.add(name)
    return name


def _technician(chance: Chance, key: str, name: str, city: City, layer: str, skills: str) -> Row:
    lat, lon, _ = pick(chance, list(city.districts.values()), [w for *_, w in city.districts.values()])
    lat, lon = near(chance, lat, lon)
    start, end = pick(chance, SHIFTS, (8, 1, 1))
    terms = {term: _between(chance, *ends, 2 if "cost" in term else 30) for term, ends in TERMS[layer].items()}
    return {
        "id": key,
        "name": name,
        "region": city.name,
        "office": city.office,
        "layer": layer,
        "lat": f"{lat:.5f}",
        "lon": f"{lon:.5f}",
        "skills": skills,
        "shift_start": start,
        "shift_end": end,
        "overtime_max_min": terms["overtime_max_min"],
        "cost_per_hour": terms["cost_per_hour"],
        "overtime_cost_per_hour": f"{terms['cost_per_hour'] * 1.5:g}",
        "cost_per_km": pick(chance, ("0.80", "0.90", "1.00", "1.20")),
        "drive_max_min": terms["drive_max_min"],
        "rest_min": 45,
        "rest_earliest": "11:30",
        "rest_latest": "13:30",
    }


def _between(chance: Chance, low: int, high: int, step: int) -> int:
    return low + step * int(chance.randint((high - low) // step + 1))


@dataclass(frozen=True)
class Customer:
    """A customer with the place where the machines stand."""

    id: str
    name: str
    tier: str
    city: City
    business: bool
    lat: float
    lon: float
    address: str


def customers() -> list[Customer]:
    """Companies with several machines and contracts, and households."""
    chance, found = stream(2), []
    sizes = {"XA": (14, 34), "BJ": (26, 76), "SH": (19, 56), "GZ": (20, 64)}
    for city in CITIES:
        companies, households = sizes[city.office]
        names: set[str] = set()
        while len(names) < companies:
            names.add(f"{city.name}{pick(chance, FIRST)}{pick(chance, TRADES)}")
        for name in sorted(names):
            tier = pick(chance, ("gold", "silver", "bronze"), (35, 45, 20))
            found.append(_customer(chance, len(found), name, tier, city, business=True))
        for _ in range(households):
            name = pick(chance, SURNAMES) + pick(chance, ("先生", "女士"))
            tier = "silver" if happens(chance, 0.15) else "bronze"
            found.append(_customer(chance, len(found), name, tier, city, business=False))
    return found


def _customer(chance: Chance, number: int, name: str, tier: str, city: City, *, business: bool) -> Customer:
    district = pick(chance, list(city.districts), [w for *_, w in city.districts.values()])
    lat, lon = near(chance, *city.districts[district][:2])
    address = f"{city.name}市{district}{pick(chance, city.streets)}{1 + int(chance.randint(298))}号"
    if not business:
        address += f"{1 + int(chance.randint(18))}号楼{1 + int(chance.randint(28))}层"
    return Customer(f"C{number + 1:04d}", name, tier, city, business, lat, lon, address)
