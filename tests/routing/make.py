"""Little builders of problems for tests: a road with places on it, orders, shifts, random departments.

Places lie on one straight road, named by their minute: from ``at 10`` to ``at 30`` it is 20 minutes and
20 km. So every day of a test can be added up in the head.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from fieldops.routing.domain import Depot, Job, Problem, Shift, Technician
from fieldops.routing.stock import ENDLESS
from fieldops.routing.travel import UNREACHABLE, Travel
from fieldops.units import DAY, HOUR, KILOMETRE, MINUTE, Money, Seconds, money, per_metre, per_second

EPOCH = 1_795_363_200  # 2026-11-23 00:00 in Shanghai, a Monday
ZONE = "Asia/Shanghai"


def clock(time: str, day: int = 0) -> Seconds:
    """Read ``9:30`` as seconds after the midnight of `day`."""
    hours, minutes = time.split(":")
    return day * DAY + int(hours) * HOUR + int(minutes) * MINUTE


def road(minutes: Iterable[int]) -> Travel:
    """Return travel along the road between places named by their minute."""
    stones = sorted(set(minutes))
    legs = [[abs(a - b) for b in stones] for a in stones]
    return Travel.from_matrix(
        [str(stone) for stone in stones],
        [[leg * MINUTE for leg in row] for row in legs],
        [[leg * KILOMETRE for leg in row] for row in legs],
    )


def job(id: str, minute: int = 0, service_min: int = 30, **values: Any) -> Job:
    """Return an order at a minute of the road."""
    return Job(id, str(minute), service_min * MINUTE, values)


def shift(
    technician: str, start: str = "8:00", end: str = "17:00", *, home: int = 0, to: int | None = None, day: int = 0,
    **values: Any,
) -> Shift:  # fmt: skip
    """Return the shift of a technician on a day, from `home` and back there (or on to `to`)."""
    goal = str(home if to is None else to)
    return Shift(f"{technician}/{day}", technician, clock(start, day), clock(end, day), str(home), goal, values)


def depot(id: str, minute: int = 0, stop_min: int = 0, **values: Any) -> Depot:
    """Return a depot at a minute of the road."""
    return Depot(id, str(minute), stop_min * MINUTE, values)


def problem(
    jobs: Iterable[Job],
    shifts: Iterable[Shift],
    people: Mapping[str, Mapping[str, Any]] | None = None,
    names: Mapping[str, str] | None = None,
    depots: Iterable[Depot] = (),
    **fields: Any,
) -> Problem:
    """Return a problem on the road; `people` are the values of technicians, `names` what they are called."""
    jobs, shifts, depots = tuple(jobs), tuple(shifts), tuple(depots)
    stones = (
        {int(j.place) for j in (*jobs, *depots)} | {int(p) for s in shifts for p in (s.origin, s.destination)} | {0}
    )
    known = {**{s.technician: {} for s in shifts}, **(people or {})}
    technicians = tuple(Technician(id, (names or {}).get(id, ""), dict(values)) for id, values in known.items())
    return Problem(
        jobs, technicians, shifts, road(stones), **{"zone": ZONE, "epoch": EPOCH, "depots": depots, **fields}
    )


@dataclass(frozen=True)
class Temptation:
    """A problem of two shifts in which breaking a rule (or ignoring what it charges) is cheaper.

    Attributes
    ----------
    problem
        All of it can be served without breaking anything.
    order, shift
        The order with which the rule is broken, and the shift that is tempted to.
    kind
        ``breach`` of a hard rule; a ``charge`` or a ``worth`` that is ignored.
    item
        The cost item, where it is a charge.
    """

    problem: Problem
    order: str
    shift: str
    kind: Literal["breach", "charge", "worth"] = "breach"
    item: str = ""


# ---- a department at random: every column of every rule, often too tight


@dataclass
class Chance:
    """Draws the parts of a random department; `ticks` a second."""

    random: Random
    ticks: int = 1
    minutes: tuple[int, ...] = (0, 5, 10, 20, 45, 90)
    skills: tuple[str, ...] = ("electric", "network")
    people: tuple[str, ...] = ("T1", "T2")
    tools: tuple[str, ...] = ("ladder", "splicer")
    parts: tuple[str, ...] = ("P1", "P2")
    supplies: bool = True
    unreachable: bool = True
    pinned: bool = True
    days: int = 2
    places: tuple[str, ...] = field(default=("p0", "p1", "p2", "p3"))

    def some(self, chance: float, values: dict[str, Any], name: str, value: Any) -> None:
        """Now and then give `values` a cell."""
        if self.random.random() < chance:
            values[name] = value

    def moment(self, low: int = 6, high: int = 19) -> Seconds:
        """Return a tick at a quarter of an hour of some day."""
        return (self.random.randrange(self.days) * DAY + self.random.randint(low * 4, high * 4) * 900) * self.ticks

    def levels(self, most: int) -> tuple[tuple[str, int], ...]:
        """Return some skills with levels."""
        return tuple((skill, self.random.randint(1, most)) for skill in self.skills if self.random.random() < 0.6)

    def names(self) -> tuple[str, ...]:
        """Return one technician or both."""
        return tuple(self.random.sample(self.people, self.random.randint(1, len(self.people))))

    def counts(self, low: int, high: int) -> tuple[tuple[str, int], ...]:
        """Return some parts with pieces."""
        return tuple((part, self.random.randint(low, high)) for part in self.parts if self.random.random() < 0.6)

    def sources(self, depots: tuple[str, ...], values: dict[str, Any]) -> None:
        """Say what a van carries, where it is loaded and where it may stop."""
        random = self.random
        self.some(0.6, values, "tools", tuple(tool for tool in self.tools if random.random() < 0.5))
        self.some(0.7, values, "van_stock", self.counts(0, 2))
        self.some(0.3, values, "office", random.choice(depots) if depots else "")
        self.some(0.3, values, "load_at", random.choice(["", *depots]))
        self.some(0.3, values, "restock_at", depots[: random.randrange(3)])

    def depot(self, id: str) -> Depot:
        """Return a depot that has of everything, of some things, or little."""
        random, values = self.random, {}
        self.some(0.7, values, "tools", tuple((tool, random.choice([0, 1, 2, ENDLESS])) for tool in self.tools))
        self.some(0.6, values, "stock", dict(self.counts(0, 3)))
        return Depot(id, random.choice(self.places), random.choice([0, 5, 20]) * MINUTE * self.ticks, values)

    def price(self) -> Money:
        """Return a price in whole currency units, 0 to 100."""
        return money(self.random.choice([0, 1, 20, 30, 100]))

    def travel(self) -> Travel:
        """Return legs that obey no triangle inequality and differ there and back; some have no way at all."""
        seconds, metres = [], []
        for a in self.places:
            seconds.append([0 if a == b else self.random.choice(self.minutes) * 60 * self.ticks for b in self.places])
            metres.append([0 if a == b else self.random.randrange(0, 60) * 500 for b in self.places])
            for row, _ in enumerate(self.places):
                if self.unreachable and self.places[row] != a and self.random.random() < 0.04:
                    seconds[-1][row] = metres[-1][row] = UNREACHABLE
        return Travel.from_matrix(self.places, seconds, metres)

    def setting(self, depots: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return values of a technician or a shift."""
        random, values = self.random, {}
        if self.supplies:
            self.sources(depots, values)
        self.some(0.2, values, "work_max_min", random.choice([60, 240, 480]) * MINUTE)
        self.some(0.8, values, "skills", self.levels(3))
        self.some(0.3, values, "overtime_max_min", random.choice([0, 30, 120]) * MINUTE)
        self.some(0.7, values, "cost_per_hour", self.price() // HOUR)
        self.some(0.3, values, "overtime_cost_per_hour", self.price() // HOUR)
        self.some(0.3, values, "fixed_cost", self.price())
        self.some(0.4, values, "pay", random.choice(["duration", "shift"]))
        self.some(0.5, values, "rest_min", random.choice([15, 30, 60]) * MINUTE)
        self.some(0.3, values, "rest_earliest", random.randint(9 * 4, 12 * 4) * 900)
        self.some(0.3, values, "rest_latest", random.randint(12 * 4, 15 * 4) * 900)
        self.some(0.2, values, "drive_max_min", random.choice([30, 60, 180]) * MINUTE)
        self.some(0.2, values, "drive_max_km", random.choice([10, 30, 90]) * KILOMETRE)
        self.some(0.6, values, "cost_per_km", per_metre(random.choice([0, 0.5, 2])))
        self.some(0.3, values, "cost_per_drive_hour", self.price() // HOUR)
        return values

    def order(self, id: str) -> Job:
        """Return an order with some values in each column."""
        random, values = self.random, {}
        self.some(0.4, values, "skills", self.levels(2))
        if self.supplies:
            self.some(0.2, values, "tools", tuple(random.sample(self.tools, random.randint(1, 2))))
            self.some(0.35, values, "parts", self.counts(1, 2))
        self.some(0.15, values, "required_technicians", self.names())
        self.some(0.2, values, "preferred_technicians", self.names())
        self.some(0.15, values, "excluded_technicians", self.names()[:1])
        self.some(0.3, values, "not_preferred_cost", self.price())
        if random.random() < 0.5:
            starts = sorted(self.moment() for _ in range(random.randint(1, 3)))
            values["windows"] = tuple((a, a + random.choice([0, 2, 8, 24]) * 900 * self.ticks) for a in starts)
        self.some(0.15, values, "earliest", self.moment(6, 12))
        self.some(0.15, values, "latest", self.moment(12, 19))
        self.some(0.3, values, "respond_by", self.moment())
        self.some(0.3, values, "resolve_by", self.moment())
        self.some(0.3, values, "late_cost_per_hour", self.price() // HOUR)
        self.some(0.5, values, "priority", random.randint(1, 4))
        self.some(0.2, values, "optional", True)
        self.some(0.1, values, "worth", random.choice([0.0, 2.5, 300.0]))
        self.some(0.3, values, "created", -random.randint(0, 12 * DAY) * self.ticks)
        if self.pinned:
            self.some(0.35, values, "status", random.choice(["pinned", "pinned", "started", "done", "cancelled"]))
        if values.get("status") in ("pinned", "started"):
            values["technician"] = random.choice([*self.people, "T9"])
            self.some(1.0 if values["status"] == "started" else 0.6, values, "start", self.moment(7, 15))
        service = random.choice([0, 10, 30, 60, 150]) * MINUTE * self.ticks
        return Job(id, random.choice(self.places), service, values)

    def department(self, jobs: int, shifts: int) -> Problem:
        """Return a problem with `jobs` orders and `shifts` shifts."""
        depots = tuple(map(self.depot, ("D1", "D2")[: self.random.randrange(3)] if self.supplies else ()))
        named = tuple(depot.id for depot in depots)
        people = tuple(Technician(id, f"Name of {id}", self.setting(named)) for id in self.people)
        slots = [(day, person) for day in range(self.days) for person in self.people]
        made = []
        for day, person in sorted(self.random.sample(slots, shifts)):
            start = (day * DAY + self.random.randint(7 * 4, 11 * 4) * 900) * self.ticks
            end = start + self.random.choice([1, 3, 6, 9]) * HOUR * self.ticks
            ends = self.random.choice(self.places), self.random.choice(self.places)
            values = self.setting(named) if self.random.random() < 0.3 else {}
            made.append(Shift(f"{person}/{day}", person, start, end, *ends, values))
        orders = self._started_once([self.order(f"J{n}") for n in range(jobs)])
        return Problem(orders, people, tuple(made), self.travel(), ZONE, EPOCH, self.ticks, depots=depots)

    def _started_once(self, orders: list[Job]) -> tuple[Job, ...]:
        """Let nobody have started two orders: tables refuse that."""
        busy: set[str] = set()
        for order in orders:
            if order.values.get("status") == "started":
                if order.values["technician"] in busy:
                    assert isinstance(order.values, dict)
                    order.values["status"] = "pinned"
                busy.add(order.values["technician"])
        return tuple(orders)


def department(seed: int | Random, jobs: int = 4, shifts: int = 2, **chance: Any) -> Problem:
    """Return a random problem; the same for the same seed."""
    return Chance(Random(seed) if isinstance(seed, int) else seed, **chance).department(jobs, shifts)


def hourly(price: float) -> Money:
    """Return a price an hour as tables read it."""
    return per_second(price)


def renamed(one: Problem) -> Problem:
    """Return the same problem under other ids, in the same order: ``J1`` is ``WJ1``, ``T1`` is ``P-T1``."""
    named = ("required_technicians", "preferred_technicians", "excluded_technicians")

    def values(old: Mapping[str, Any]) -> dict[str, Any]:
        new = {name: tuple(f"P-{person}" for person in old[name]) for name in named if name in old}
        new |= {name: f"P-{old[name]}" for name in ("technician",) if name in old}
        new |= {name: old[name] and f"S-{old[name]}" for name in ("office", "load_at") if name in old}
        new |= {name: tuple(f"S-{depot}" for depot in old[name]) for name in ("restock_at",) if name in old}
        return {**old, **new}

    return one.replace(
        jobs=tuple(replace(j, id=f"W{j.id}", values=values(j.values)) for j in one.jobs),
        technicians=tuple(replace(t, id=f"P-{t.id}", values=values(t.values)) for t in one.technicians),
        shifts=tuple(
            replace(s, id=f"S{s.id}", technician=f"P-{s.technician}", values=values(s.values)) for s in one.shifts
        ),
        depots=tuple(replace(d, id=f"S-{d.id}") for d in one.depots),
    )
