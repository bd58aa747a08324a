"""The night's work orders: drawn from what the staff can do, so that all but three can be served by somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from making.draws import Chance, Row, clock_text, happens, near, pick, stream
from making.people import Customer
from making.places import CITIES, City

MONDAY = datetime(2026, 11, 23)
COLUMNS = (
    "id customer region kind lat lon service_min skills windows earliest respond_by resolve_by late_cost_per_hour "
    "priority optional status technician start required_technicians preferred_technicians excluded_technicians parts "
    "created address"
).split()
KINDS = {"repair": 46, "installation": 21, "maintenance": 20, "complaint": 13}
SERVICE_MIN = {
    "repair": (30, 45, 45, 60, 75, 90),
    "installation": (45, 60, 60, 75, 90, 120),
    "maintenance": (20, 30, 30, 45, 60),
    "complaint": (15, 20, 30, 45),
}
# Working hours (08:30-17:30, Monday to Friday) to respond and to resolve, yuan per hour too late.
CONTRACTS = {
    ("gold", "urgent"): (2, 6, 300),
    ("gold", "ordinary"): (5, 9, 150),
    ("silver", "urgent"): (4, 9, 150),
    ("silver", "ordinary"): (9, 18, 60),
    ("bronze", "urgent"): (9, None, 40),
}
SLOTS = (
    ("09:00", "12:00"),
    ("13:30", "17:30"),
    ("09:00", "11:00"),
    ("10:00", "12:00"),
    ("14:00", "16:00"),
    ("16:00", "18:00"),
)
TRAVEL_MIN = 22  # Between two customers of a city, for the load only.


def jobs(staff: Sequence[Row], customers: Sequence[Customer], parts: Sequence[Row]) -> list[Row]:
    """Draw orders in each city until its staff has its load, then add the ones that tell a story."""
    chance, found = stream(3), []
    for city in CITIES:
        team = [row for row in staff if row["office"] == city.office]
        clients = [customer for customer in customers if customer.city is city]
        orders: list[Row] = []
        while load(orders, team) < city.load:
            orders.append(_job(chance, city, team, clients, parts))
        _commit(chance, orders, team)
        found += orders + _stories(city, team, clients)
    for number, row in enumerate(found, 1):
        row["id"] = f"WO{number:04d}"
    return found


def load(orders: Sequence[Row], team: Sequence[Row]) -> float:
    """Work as a share of the staff's time: service and travel against shifts of nine hours less an hour for lunch."""
    return sum(row["service_min"] + TRAVEL_MIN for row in orders) / (len(team) * 480)


def _job(chance: Chance, city: City, team: Sequence[Row], clients: Sequence[Customer], parts: Sequence[Row]) -> Row:
    kind = pick(chance, tuple(KINDS), tuple(KINDS.values()))
    customer = pick(chance, clients, [3 if client.business else 1 for client in clients])
    skills = _skills(chance, pick(chance, team)["skills"], kind)
    urgent = kind in ("repair", "complaint") and happens(chance, 0.30)
    created = _created(chance, urgent=urgent)
    row = blank(customer, city, kind, created)
    row |= {
        "service_min": pick(chance, SERVICE_MIN[kind]) + (30 if "光传输" in skills or "数据中心" in skills else 0),
        "skills": skills,
        "windows": _windows(chance, kind, urgent=urgent),
        "optional": "yes" if kind == "maintenance" and customer.tier == "bronze" else "no",
        "parts": _parts(chance, kind, skills, parts),
    }
    if not row["windows"] and happens(chance, 0.06):
        row["earliest"] = clock_text(MONDAY + timedelta(hours=pick(chance, (10, 11, 13))))
    agreed = datetime.strptime(row["windows"][:16], "%Y-%m-%d %H:%M") if row["windows"] else created
    return row | due(customer.tier, urgent=urgent, kind=kind, since=agreed) | _people(chance, row, team)


def blank(customer: Customer, city: City, kind: str, created: datetime) -> Row:
    """Make an open order of a customer without wishes."""
    row: Row = dict.fromkeys(COLUMNS, "")
    row |= {
        "customer": customer.id,
        "region": city.name,
        "kind": kind,
        "lat": f"{customer.lat:.5f}",
        "lon": f"{customer.lon:.5f}",
        "priority": 3,
        "optional": "no",
        "status": "open",
        "created": clock_text(created),
        "address": customer.address,
    }
    return row


def _skills(chance: Chance, held: str, kind: str) -> str:
    known = dict(item.split(":") for item in held.split(";"))
    most = 2 if kind in ("repair", "installation") and len(known) > 1 and happens(chance, 0.12) else 1
    names = [pick(chance, tuple(known)) for _ in range(most)]
    wanted = pick(chance, (1, 2, 3), (50, 35, 15))
    return ";".join(f"{name}:{min(int(known[name]), wanted)}" for name in dict.fromkeys(names))


def _created(chance: Chance, *, urgent: bool) -> datetime:
    """Orders came in from Friday noon on, urgent ones from Friday evening: what was older has been served."""
    days = pick(chance, (1, 2, 3), (40, 35, 25))
    first = {1: 8, 2: 8, 3: 18 if urgent else 11}[days] * 60
    last = 20 * 60 + 30
    return MONDAY - timedelta(days=days) + timedelta(minutes=first + 5 * int(chance.randint((last - first) // 5)))


def _windows(chance: Chance, kind: str, *, urgent: bool) -> str:
    if urgent or not happens(chance, 0.75 if kind == "installation" else 0.45):
        return ""
    first = _window(MONDAY, pick(chance, SLOTS, (5, 5, 1, 2, 2, 1)))
    if not happens(chance, 0.22):
        return first
    other_day = happens(chance, 0.5)
    second = pick(chance, SLOTS[:2]) if other_day else ("13:30", "17:30")
    if not other_day:
        first = _window(MONDAY, ("09:00", "11:00"))
    return f"{first};{_window(MONDAY + timedelta(days=other_day), second)}"


def _window(day: datetime, slot: tuple[str, str]) -> str:
    return "/".join(f"{day:%Y-%m-%d} {moment}" for moment in slot)


def due(tier: str, *, urgent: bool, kind: str, since: datetime) -> Row:
    """Find how pressing an order is and what its contract promises.

    `since` is the call, or the agreed appointment where there is one.
    """
    level = "urgent" if urgent else "ordinary"
    pressing = {"gold": 2, "silver": 3, "bronze": 3}[tier]
    row: Row = {"priority": 1 if urgent else 4 if kind == "maintenance" else pressing}
    if kind == "maintenance" or (tier, level) not in CONTRACTS:
        return row
    respond, resolve, price = CONTRACTS[tier, level]
    row |= {"respond_by": clock_text(working(since, respond)), "late_cost_per_hour": price}
    return row if resolve is None else row | {"resolve_by": clock_text(working(since, resolve))}


def working(start: datetime, hours: float) -> datetime:
    """Count working hours (08:30-17:30, Monday to Friday) from `start`."""
    moment, left = start, timedelta(hours=hours)
    while True:
        opens = moment.replace(hour=8, minute=30)
        closes = moment.replace(hour=17, minute=30)
        moment = max(moment, opens)
        if moment.weekday() < 5 and moment < closes:
            if left <= closes - moment:
                return moment + left
            left -= closes - moment
        moment = opens + timedelta(days=1)


def able(team: Sequence[Row], skills: str) -> list[str]:
    """Find who in a team has all of `skills` at their levels."""
    wanted = [item.split(":") for item in skills.split(";")]
    held = {row["id"]: dict(item.split(":") for item in row["skills"].split(";")) for row in team}
    return [key for key, has in held.items() if all(has.get(name, "0") >= level for name, level in wanted)]


def _people(chance: Chance, row: Row, team: Sequence[Row]) -> Row:
    fits = able(team, row["skills"])
    if row["kind"] == "complaint" and len(fits) > 2 and happens(chance, 0.3):
        return {"excluded_technicians": pick(chance, fits)}
    if happens(chance, 0.10):
        return {"preferred_technicians": pick(chance, fits)}
    return {"required_technicians": pick(chance, fits)} if happens(chance, 0.02) else {}


def _parts(chance: Chance, kind: str, skills: str, parts: Sequence[Row]) -> str:
    most = {"repair": pick(chance, (0, 1, 2), (35, 45, 20)), "installation": int(happens(chance, 0.5))}.get(kind, 0)
    families = [item.split(":")[0] for item in skills.split(";")]
    for_this = [part for part in parts if part["family"] in families and part["rate"] > 0]
    for_this = [part for part in for_this if (part["reason"] == "安装用料") == (kind == "installation")]
    if not for_this:
        return ""
    wanted = sorted({pick(chance, for_this, [part["rate"] for part in for_this])["id"] for _ in range(most)})
    return ";".join(f"{part}:{pick(chance, (1, 2), (85, 15))}" for part in wanted)


def _commit(chance: Chance, orders: Sequence[Row], team: Sequence[Row]) -> None:
    """Promise two orders of the city to somebody: one with its hour, one without."""
    free = [row for row in orders if not row["windows"] and not row["earliest"] and row["priority"] > 1]
    for row, hour in zip(free[:2], ("10:30", ""), strict=True):
        fits = [key for key in able(team, row["skills"]) if key != row["excluded_technicians"]]
        row |= {"status": "pinned", "technician": row["required_technicians"] or pick(chance, fits)}
        row["start"] = f"{MONDAY:%Y-%m-%d} {hour}" if hour else ""


def _stories(city: City, team: Sequence[Row], clients: Sequence[Customer]) -> list[Row]:
    """Orders that show something: work under way, work done, and three that nobody can serve."""
    company = next(client for client in clients if client.business and client.tier == "gold")
    evening = MONDAY - timedelta(hours=5)

    def order(kind: str, **cells: object) -> Row:
        return blank(company, city, kind, evening) | due("gold", urgent=True, kind=kind, since=evening) | cells

    if city.office == "GZ":  # Nobody in Guangzhou knows data centres; the one who does lives in Beijing.
        return [order("repair", service_min=150, skills="数据中心:2")]
    if city.office != "XA":
        return []
    early = next(row for row in team if row["shift_start"] == "07:30")
    lat, lon = near(stream(31), float(early["lat"]), float(early["lon"]), 0.004)
    district = min(
        city.districts, key=lambda name: abs(city.districts[name][0] - lat) + abs(city.districts[name][1] - lon)
    )
    address = f"{city.name}市{district}{city.streets[0]}26号"
    door = {"lat": f"{lat:.5f}", "lon": f"{lon:.5f}", "technician": early["id"], "address": address}
    return [
        order("repair", service_min=90, skills="空调:2", status="started", start="2026-11-23 07:45", **door),
        order(
            "complaint",
            service_min=30,
            skills="空调:1",
            status="done",
            start="2026-11-22 16:40",
            created="2026-11-22 14:05",
            **door,
        ),
        # The only one in Xi'an who knows optical transport holds level 2.
        order("repair", service_min=120, skills="光传输:3"),
        # Yanliang is an hour's drive from every home, and shifts begin at 08:30.
        order(
            "installation",
            service_min=90,
            skills="洗衣机:1",
            windows=_window(MONDAY, ("08:30", "09:00")),
            lat="34.66220",
            lon="109.22620",
            address="西安市阎良区前进路66号",
        ),
    ]
