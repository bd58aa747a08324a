"""The nouns of dispatch: job, technician, shift, depot, problem; stop, day, plan. All frozen.

They know no rule, no table and no solver. What a rule needs to know of a job, a technician or a shift
rides in its `values`, under the name of the column that the rule declares.

All times are whole ticks from the start of the horizon; a tick is a second unless the problem carries a
finer one. All money is :data:`fieldops.units.Money`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from fieldops.errors import ConfigError
from fieldops.units import Metres, Money, Seconds


class Legs(Protocol):
    """What the domain asks of travel: places by id, and one leg between two of them."""

    @property
    def places(self) -> tuple[str, ...]:
        """Ids of the places, in the order of their indices."""
        ...

    def index(self, place: str) -> int:
        """Return the index of a place."""
        ...

    def leg(self, origin: int, destination: int) -> tuple[Seconds, Metres]:
        """Return ticks and metres from one place to another, by index."""
        ...


@dataclass(frozen=True)
class Job:
    """A work order to be visited once by one technician.

    Attributes
    ----------
    id
        The order's number; text.
    place
        Id of a place that the problem's travel knows.
    service_s
        Time on site, in ticks.
    values
        Values of the columns that rules declare (``skills``, ``windows``, ``priority`` ...).
    """

    id: str
    place: str
    service_s: Seconds
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Technician:
    """A person; skills, costs and the like ride in `values`."""

    id: str
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shift:
    """One technician on one day: the vehicle of a routing problem.

    `start` and `end` bound the regular working day; `origin` and `destination` are where it begins and
    ends (home, office). `values` override those of the technician.
    """

    id: str
    technician: str
    start: Seconds
    end: Seconds
    origin: str
    destination: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Depot:
    """A store or office where technicians take tools and parts: before they leave, or on the way.

    `service_s` is the time of a stop there, in ticks.
    """

    id: str
    place: str
    service_s: Seconds = 0
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Everything a plan is made from.

    Attributes
    ----------
    jobs, technicians, shifts, depots
        In any order; plans don't depend on it.
    travel
        Seconds and metres between all places named.
    zone, epoch
        The zone in which people read times; the moment (Unix seconds) of tick 0.
    ticks_per_second
        1, or finer where a source states fractions of a second.
    names
        What people call a place, ``customer C1`` or ``part P1``, where the id says little.
    """

    jobs: tuple[Job, ...]
    technicians: tuple[Technician, ...]
    shifts: tuple[Shift, ...]
    travel: Legs
    zone: str = "UTC"
    epoch: Seconds = 0
    ticks_per_second: int = 1
    names: Mapping[str, str] = field(default_factory=dict)
    depots: tuple[Depot, ...] = ()

    def __post_init__(self) -> None:
        faults = [f"two {kind}s are called {id!r}" for kind, id in self._repeats()]
        known = set(self.travel.places)
        people = {t.id for t in self.technicians}
        faults += [f"job {j.id}: travel knows no place {j.place!r}" for j in self.jobs if j.place not in known]
        for shift in self.shifts:
            if shift.technician not in people:
                faults.append(f"shift {shift.id}: there is no technician {shift.technician!r}")
            for place in {shift.origin, shift.destination} - known:
                faults.append(f"shift {shift.id}: travel knows no place {place!r}")
            if shift.end < shift.start:
                faults.append(f"shift {shift.id} ends before it starts")
        faults += [f"depot {d.id}: travel knows no place {d.place!r}" for d in self.depots if d.place not in known]
        faults += [f"job {j.id}: the service time {j.service_s} is negative" for j in self.jobs if j.service_s < 0]
        faults += [f"depot {d.id}: the service time {d.service_s} is negative" for d in self.depots if d.service_s < 0]
        if faults:
            raise ConfigError("this problem can't be planned: " + "; ".join(faults))

    def _repeats(self) -> list[tuple[str, str]]:
        repeats = []
        named = {
            "job": [job.id for job in self.jobs],
            "technician": [technician.id for technician in self.technicians],
            "shift": [shift.id for shift in self.shifts],
            "depot": [depot.id for depot in self.depots],
        }
        for kind, ids in named.items():
            seen: set[str] = set()
            for id in ids:
                if id in seen:
                    repeats.append((kind, id))
                seen.add(id)
        return repeats

    @cached_property
    def job(self) -> Mapping[str, Job]:
        """The jobs by id."""
        return {job.id: job for job in self.jobs}

    @cached_property
    def shift(self) -> Mapping[str, Shift]:
        """The shifts by id."""
        return {shift.id: shift for shift in self.shifts}

    @cached_property
    def depot(self) -> Mapping[str, Depot]:
        """The depots by id."""
        return {depot.id: depot for depot in self.depots}

    @cached_property
    def technician(self) -> Mapping[str, Technician]:
        """The technicians by id."""
        return {technician.id: technician for technician in self.technicians}

    def values(self, shift: Shift) -> Mapping[str, Any]:
        """Return what is known of a shift: its own values over those of its technician."""
        return self._shift_values[shift.id]

    @cached_property
    def _shift_values(self) -> Mapping[str, Mapping[str, Any]]:
        return {s.id: {**self.technician[s.technician].values, **s.values} for s in self.shifts}

    def drive(self, origin: str, destination: str) -> tuple[Seconds, Metres]:
        """Return ticks and metres from one place to another."""
        return self.travel.leg(self.travel.index(origin), self.travel.index(destination))

    def replace(self, **changes: Any) -> Problem:
        """Return a copy with some fields changed: the start of every what-if."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Stop:
    """One token of a day: a job, a rest or a restock stop, with the drive that leads to it.

    `kind` is ``job``, ``rest`` or ``restock``; `id` is the order's number, the name of the rest or the depot's id.
    """

    kind: str
    id: str
    place: str
    drive_s: Seconds
    drive_m: Metres
    arrive: Seconds
    start: Seconds
    end: Seconds


@dataclass(frozen=True)
class Day:
    """One shift as it is to be lived: leave `origin`, the stops, back at `destination`."""

    shift: str
    origin: str
    destination: str
    depart: Seconds
    stops: tuple[Stop, ...]
    home_drive_s: Seconds
    home_drive_m: Metres
    back: Seconds

    @property
    def visits(self) -> tuple[Stop, ...]:
        """The stops that are jobs."""
        return tuple(stop for stop in self.stops if stop.kind == "job")

    @property
    def drive_s(self) -> Seconds:
        """Ticks at the wheel."""
        return sum(stop.drive_s for stop in self.stops) + self.home_drive_s

    @property
    def drive_m(self) -> Metres:
        """Metres driven."""
        return sum(stop.drive_m for stop in self.stops) + self.home_drive_m


@dataclass(frozen=True)
class Violation:
    """A hard rule that a day or a plan breaks: by how much, and in words.

    Attributes
    ----------
    rule
        Name of the rule.
    words
        What is broken, with names and numbers.
    amount, unit
        By how much: ``min``, ``km``, ``levels`` ...; what explanations compare.
    job, shift
        Whose it is, where it is somebody's.
    remedy
        What would have to be relaxed, in words.
    burden
        The same across rules: how many minutes of trouble the relaxation is thought to be worth. It
        orders explanations and never enters a plan.
    given
        Whether pinned or started work forces it.
    """

    rule: str
    words: str
    amount: float
    unit: str
    job: str = ""
    shift: str = ""
    remedy: str = ""
    burden: float = 0.0
    given: bool = False


@dataclass(frozen=True)
class Charge:
    """Money that a day or a plan costs, under the name of a cost item."""

    rule: str
    item: str
    money: Money
    job: str = ""
    shift: str = ""


@dataclass(frozen=True)
class Loss:
    """What it is worth to have served an order that is left out."""

    rule: str
    worth: int
    job: str


@dataclass(frozen=True)
class Proof:
    """How good a plan is, proved: no plan that leaves out `worth` or less costs less than `cost`.

    Attributes
    ----------
    worth
        The worth that may be left out: that of the plan, or a little more.
    cost
        Money that every such plan costs at least.
    gap
        The part of the plan's cost by which another might be cheaper at most.
    root, root_gap
        The same as the linear program of all days proves it alone, before its gap was closed as far as time allowed.
    complete
        Whether that linear program was solved in time.
    relaxed
        Verbs of which the proof knows less than the plan: they only forbid or charge, so it holds without them.
    """

    worth: int
    cost: Money
    gap: float
    root: Money
    root_gap: float
    complete: bool
    relaxed: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The proof for people.

        Examples
        --------
        >>> Proof(0, 950, 0.05, 900, 0.1, True).words
        'proved that at most 5.00 % of the cost can be saved'
        """
        if self.cost <= 0 and not self.complete:
            return "nothing was proved in time"
        if self.gap <= 0:
            return "proved to cost least"
        early = "" if self.complete else ", the proof stopped early"
        return f"proved that at most {100 * self.gap:.2f} % of the cost can be saved{early}"


@dataclass(frozen=True)
class Plan:
    """Who does what and when; which orders are left out; what it costs.

    Attributes
    ----------
    days
        The shifts that work, by shift id; each order in at most one of them.
    unassigned
        Ids of the open orders left out.
    closed
        Ids of orders that needed no planning (done, cancelled).
    worth_unassigned
        Sum of the worth of `unassigned`: plans compare by this first, then by `cost`.
    costs
        Money by cost item.
    given
        Breaches that pinned or started work forces.
    notes
        What the makers want people to know (a rule judged lazily, another solver used ...).
    made
        How it was made: solver, seed, iterations, seconds, what stopped it.
    bound
        How good it is, proved, if that was asked for.
    """

    days: tuple[Day, ...]
    unassigned: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    worth_unassigned: int = 0
    costs: Mapping[str, Money] = field(default_factory=dict)
    given: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict, compare=False)
    bound: Proof | None = field(default=None, compare=False)

    @property
    def cost(self) -> Money:
        """The sum of all cost items."""
        return sum(self.costs.values())

    @cached_property
    def day(self) -> Mapping[str, Day]:
        """The days by shift id."""
        return {day.shift: day for day in self.days}
