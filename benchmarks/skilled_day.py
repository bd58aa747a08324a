"""One day that fieldops and its peers can all state: homes, hard windows, skills, worth, driving to be short.

Plans compare by the worth of the orders left out, then by driving. `score` recomputes both in doubles from
the routes alone; `problem` states the day for fieldops; `broken` asks the checker of fieldops about any routes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.options import Options
from fieldops.routing.check import Judge, check
from fieldops.routing.domain import Job, Plan, Problem, Shift, Technician
from fieldops.routing.rules import RULES
from fieldops.routing.travel import Travel

TOLERANCE = 1e-6  # of the instance's unit: sums of doubles differ in the last bits
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Tours = Sequence[tuple[int, Sequence[int]]]


@dataclass(frozen=True, eq=False)
class SkilledDay:
    """Jobs and technicians by ids, times in the instance's own unit (n jobs, m technicians).

    Attributes
    ----------
    name
        Of the instance.
    jobs, technicians
        Ids; no job has the id of a technician.
    drive : float (n + m, n + m)
        Travel between the jobs and the technicians' homes, in this order.
    service, opens, closes : float (n,)
        Time on site; window of its start, which may be infinite.
    begins, ends : float (m,)
        The working day: away from home no earlier, back no later.
    needs, holds
        Skills of each job and each technician.
    worth : int64 (n,)
        What leaving the job out costs, before any driving.
    ticks_per_unit
        How finely solvers that count in whole numbers see the unit.
    """

    name: str
    jobs: tuple[int, ...]
    technicians: tuple[int, ...]
    drive: Floats
    service: Floats
    opens: Floats
    closes: Floats
    begins: Floats
    ends: Floats
    needs: tuple[frozenset[str], ...]
    holds: tuple[frozenset[str], ...]
    worth: Whole
    ticks_per_unit: int = 1

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Whether the technician (column) holds every skill that the job (row) needs."""
        return np.array([[need <= held for held in self.holds] for need in self.needs], bool)

    # ---- whole ticks, rounded so that what fits in ticks fits in the unit

    @cached_property
    def drive_ticks(self) -> Whole:
        """Travel in ticks, rounded up."""
        return np.ceil(self.drive * self.ticks_per_unit).astype(np.int64)

    @cached_property
    def service_ticks(self) -> Whole:
        """Time on site in ticks, rounded up."""
        return np.ceil(self.service * self.ticks_per_unit).astype(np.int64)

    @cached_property
    def shift_ticks(self) -> Whole:
        """Beginning and end (columns) of each working day in ticks, rounded inwards."""
        return self._inwards(self.begins, self.ends)

    @cached_property
    def window_ticks(self) -> Whole:
        """Window of each job in ticks, rounded inwards and cut to the time in which anybody works."""
        low, high = self.begins.min(), self.ends.max()
        return self._inwards(np.maximum(self.opens, low), np.minimum(self.closes, high))

    def _inwards(self, low: Floats, high: Floats) -> Whole:
        ticks = np.ceil(low * self.ticks_per_unit), np.floor(high * self.ticks_per_unit)
        return np.stack(ticks, axis=1).astype(np.int64)

    @cached_property
    def star_ticks(self) -> int:
        """Driving if every job were a trip of its own from the nearest home: no sensible plan drives as much.

        For solvers with one objective: a unit of worth at this price outweighs all driving.
        """
        n = len(self.jobs)
        there, back = self.drive_ticks[n:, :n], self.drive_ticks[:n, n:]
        return int((there + back.T).min(axis=0).sum()) + 1

    # ---- where things stand

    @cached_property
    def job_row(self) -> dict[int, int]:
        """Index of each job by id."""
        return {id: row for row, id in enumerate(self.jobs)}

    @cached_property
    def technician_row(self) -> dict[int, int]:
        """Index of each technician by id."""
        return {id: row for row, id in enumerate(self.technicians)}

    def tours(self, routes: Sequence[Sequence[int]]) -> list[tuple[int, list[int]]]:
        """Return job indices for each technician as tours by id, unused technicians left out."""
        return [(self.technicians[k], [self.jobs[i] for i in route]) for k, route in enumerate(routes) if route]


@dataclass(frozen=True)
class Score:
    """What routes are worth: `key` orders plans, the least first; routes with faults are no plan."""

    worth_unserved: int
    unserved: int
    driving: float
    faults: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, float]:
        """What plans compare by."""
        return self.worth_unserved, self.driving


def score(day: SkilledDay, tours: Tours) -> Score:
    """Judge tours in doubles from the instance and the ids alone."""
    known = [(person, [job for job in jobs if job in day.job_row]) for person, jobs in tours]
    faults = [f"there is no order {job}" for _, jobs in tours for job in jobs if job not in day.job_row]
    faults += [f"there is no technician {person}" for person, _ in tours if person not in day.technician_row]
    people = [person for person, _ in tours]
    faults += [f"technician {person} has two tours" for person in sorted(set(people)) if people.count(person) > 1]
    served = [job for _, jobs in known for job in jobs]
    faults += [f"order {job} is served {served.count(job)} times" for job in set(served) if served.count(job) > 1]
    driving = 0.0
    for person, jobs in known:
        if person in day.technician_row:
            driving += _driving(day, day.technician_row[person], [day.job_row[job] for job in jobs])
            faults += _faults(day, day.technician_row[person], [day.job_row[job] for job in jobs])
    left = [row for job, row in day.job_row.items() if job not in set(served)]
    return Score(int(day.worth[left].sum()), len(left), driving, tuple(faults))


def _driving(day: SkilledDay, person: int, route: Sequence[int]) -> float:
    home = len(day.jobs) + person
    places = [home, *route, home]
    return math.fsum(day.drive[a, b] for a, b in pairwise(places))


def starts(day: SkilledDay, person: int, route: Sequence[int]) -> tuple[list[float], float]:
    """Return when each visit begins and when the technician is back, leaving as the working day begins."""
    now, place, begun = float(day.begins[person]), len(day.jobs) + person, []
    for job in route:
        begun.append(max(now + float(day.drive[place, job]), float(day.opens[job])))
        now, place = begun[-1] + float(day.service[job]), job
    return begun, now + float(day.drive[place, len(day.jobs) + person])


def _faults(day: SkilledDay, person: int, route: Sequence[int]) -> list[str]:
    who, found = day.technicians[person], []
    begun, back = starts(day, person, route)
    for job, start in zip(route, begun, strict=True):
        if start > day.closes[job] + TOLERANCE:
            found.append(f"order {day.jobs[job]} begins at {start:.4f}, after {day.closes[job]:.4f}")
        if lacking := sorted(day.needs[job] - day.holds[person]):
            found.append(f"technician {who} lacks {', '.join(lacking)} for order {day.jobs[job]}")
    if back > day.ends[person] + TOLERANCE:
        found.append(f"technician {who} is back at {back:.4f}, after {day.ends[person]:.4f}")
    return found


# ---- in terms of fieldops


def problem(day: SkilledDay) -> Problem:
    """State the day as a Problem: a tick of driving costs one unit of Money, nothing else costs."""
    places = [str(id) for id in (*day.jobs, *day.technicians)]
    window, shift = day.window_ticks.tolist(), day.shift_ticks.tolist()
    free = np.isinf(day.opens) & np.isinf(day.closes)
    jobs = [
        Job(str(id), str(id), int(day.service_ticks[i]), {
            "worth": float(day.worth[i]),
            "skills": tuple((skill, 1) for skill in sorted(day.needs[i])),
            **({} if free[i] else {"windows": (tuple(window[i]),)}),
        })
        for i, id in enumerate(day.jobs)
    ]  # fmt: skip
    people = [
        Technician(str(id), values={
            "skills": tuple((skill, 1) for skill in sorted(day.holds[k])),
            "cost_per_drive_hour": day.ticks_per_unit,
        })
        for k, id in enumerate(day.technicians)
    ]  # fmt: skip
    return Problem(
        tuple(jobs),
        tuple(people),
        tuple(
            Shift(str(id), str(id), begins, ends, str(id), str(id))
            for id, (begins, ends) in zip(day.technicians, shift, strict=True)
        ),
        Travel.from_matrix(places, day.drive_ticks),
        ticks_per_second=day.ticks_per_unit,
    )


def tours_of(plan: Plan) -> list[tuple[int, list[int]]]:
    """Return a plan's days as tours by id."""
    return [(int(day.shift), [int(visit.id) for visit in day.visits]) for day in plan.days]


def broken(day: SkilledDay, tours: Tours) -> list[str]:
    """Return in words what the checker of fieldops finds broken in tours of known ids, whoever made them."""
    stated = problem(day)
    judge = Judge(stated, RULES)
    program = judge.clock.program
    routes: list[list[int]] = [[] for _ in program.shifts]
    for person, jobs in tours:
        routes[program.shift_index[str(person)]] += [program.job_index[str(job)] for job in jobs]
    return [violation.words for violation in check(stated, judge.plan(routes), RULES).violations]


def row(day: SkilledDay, solver: str, tours: Tours, wall_s: float) -> dict[str, Any]:
    """Return a result as the benchmark's JSON states it, with `faults` where the routes are no plan."""
    found = score(day, tours)
    faults = list(found.faults)
    if not any(fault.startswith("there is no") for fault in faults):
        faults += [f"checker: {words}" for words in broken(day, tours)]
    return {
        "instance": day.name,
        "solver": solver,
        "objective": None if faults else round(found.driving, 4),
        "unserved": None if faults else found.unserved,
        "worth_unserved": None if faults else found.worth_unserved,
        "bks": None,
        "gap": None,
        "bound": None,
        "wall_s": round(wall_s, 2),
        "faults": faults,
        "routes": [] if faults else [_route(day, person, jobs) for person, jobs in tours],
    }


def _route(day: SkilledDay, person: int, jobs: Sequence[int]) -> dict[str, Any]:
    begun, _ = starts(day, day.technician_row[person], [day.job_row[job] for job in jobs])
    return {"technician": person, "stops": list(jobs), "start": [round(start, 4) for start in begun]}


def wanted(options: Options, names: Sequence[str]) -> list[str]:
    """Return the instances that `options` names, all where it names none, without those done.

    What stands before a dot in a name names it too.

    Raises
    ------
    SystemExit
        For a name that no instance has.
    """
    short = {name.split(".")[0]: name for name in names} | {name: name for name in names}
    strange = [name for name in options.instances if name not in short]
    if strange:
        raise SystemExit(f"there is no instance {strange[0]!r} in {options.data}; there are {', '.join(names)}")
    chosen = {short[name] for name in options.instances}
    return [name for name in names if (not chosen or name in chosen) and name not in options.done]
