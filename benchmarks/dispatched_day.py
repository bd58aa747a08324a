"""A generated day as a dispatcher would state it: paid hours and kilometres, overtime, lunch. For speed facts.

Peers can't state it, so comparisons run on the plain day (`skilled_day.problem`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.skilled_day import SkilledDay, problem
from fieldops.routing.domain import Problem, Shift, Technician
from fieldops.routing.travel import Travel
from fieldops.units import MINUTE, per_metre, per_second

METRES_A_SECOND: Final = 14  # some 50 km/h
PRICES: Final = {
    "cost_per_hour": per_second(60),
    "cost_per_km": per_metre(1),
    "overtime_max_min": 60 * MINUTE,
}
LUNCH: Final = {"rest_min": 30 * MINUTE}


def dispatched(day: SkilledDay, *, technicians: int | None = None, rest: bool = True) -> Problem:
    """Return the day with prices of hours and kilometres, an hour of overtime and, with `rest`, half an hour of lunch.

    With `technicians` the same jobs have so many of them: the day's own, in turn, again and again.

    >>> from benchmarks.generate_days import generate
    >>> made = dispatched(generate(100, 1), technicians=20)
    >>> len(made.jobs), len(made.shifts)
    (100, 20)
    """
    plain = problem(day)
    count = len(plain.shifts) if technicians is None else technicians
    crew = [int(row) for row in np.resize(np.arange(len(plain.shifts)), count)]
    people, shifts = [], []
    for number, row in enumerate(crew, 1):
        person, shift = plain.technicians[row], plain.shifts[row]
        people.append(Technician(f"T{number:04}", values={"skills": person.values["skills"], **PRICES}))
        shifts.append(_shift(shift, f"T{number:04}", rest))
    travel = plain.travel
    assert isinstance(travel, Travel)
    metres = travel.seconds.astype(np.int64) * METRES_A_SECOND
    return plain.replace(
        technicians=tuple(people),
        shifts=tuple(shifts),
        travel=Travel.from_matrix(travel.places, travel.seconds, metres),
    )


def _shift(shift: Shift, id: str, rest: bool) -> Shift:
    return replace(shift, id=id, technician=id, values=LUNCH if rest else {})
