"""Full days of field service, drawn from a seed: what a dispatcher has to plan tonight, in plain numbers.

About seven jobs a technician, and about a tenth more work than the technicians have hours: time on site, and the
driving that good plans need (1.08 to 1.11 in plans of six days of 100 and 300 jobs). Six jobs in ten have a window of
two to four hours; half need a skill, and few technicians hold the rare one. Priorities are worth 1, 3 and 10. Odd seeds
are towns and what lies between them, even seeds are open country.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.skilled_day import SkilledDay

SIZES = (100, 300, 1000, 3000)
JOBS_A_TECHNICIAN = 7
SMALLEST = 2 * JOBS_A_TECHNICIAN
BEGIN_MIN, END_MIN = 8 * 60, 17 * 60
OVERLOAD = 1.1  # work, the way to it included, over the technicians' hours
WINDOWED = 0.6
WINDOW_MIN = (120, 150, 180, 210, 240)
WORTH, WORTH_SHARE = (1, 3, 10), (0.6, 0.3, 0.1)
NEEDED = {"": 0.5, "electric": 0.18, "network": 0.14, "hydraulic": 0.09, "cooling": 0.06, "pressure": 0.03}
TRAININGS = {  # technicians are trained in courses, so that there are few different sets of skills
    ("electric",): 0.20,
    ("electric", "network"): 0.22,
    ("network", "hydraulic"): 0.18,
    ("electric", "cooling"): 0.14,
    ("hydraulic", "cooling"): 0.10,
    ("electric", "network", "hydraulic", "cooling"): 0.08,
    ("electric", "pressure"): 0.08,
}
SERVICE = (0.5, 0.75, 1.0, 1.25, 1.75)  # shares of the mean time on site
NEAREST = 20  # the way to a job is taken to be the mean way to so many nearest ones: as long as in good plans
DETOUR = 1.3  # road over straight distance (Ballou, Rahardja and Sakai 2002)
TOWN_JOBS, TOWN_KM2, TOWN_RADIUS_KM, TOWN_KMH = 50, 500.0, 3.0, 40.0
JOB_KM2, COUNTRY_KMH = 40.0, 60.0

Points = NDArray[np.float64]


def generate(size: int, seed: int, technicians: int | None = None) -> SkilledDay:
    """Return the day of `size` jobs that `seed` draws; times in seconds after midnight.

    `technicians` is how many there are, if not one for `JOBS_A_TECHNICIAN` jobs; the overload stays what it is.

    Raises
    ------
    ValueError
        When there are fewer jobs than `SMALLEST`.
    """
    if size < SMALLEST:
        raise ValueError(f"a day has at least {SMALLEST} jobs, not {size}")
    draw = np.random.default_rng((size, seed) if technicians is None else (size, seed, technicians))
    people = technicians or round(size / JOBS_A_TECHNICIAN)
    towns = seed % 2 == 1
    spots = _towns(draw, size, people) if towns else _country(draw, size, people)
    drive = _drive(spots, TOWN_KMH if towns else COUNTRY_KMH)
    opens, closes = _windows(draw, size)
    needed = draw.choice(list(NEEDED), size, p=list(NEEDED.values()))
    return SkilledDay(
        name=f"{size}-{seed}" if technicians is None else f"{size}x{technicians}-{seed}",
        jobs=tuple(range(people + 1, people + size + 1)),
        technicians=tuple(range(1, people + 1)),
        drive=drive,
        service=_service(draw, drive[:size, :size], people),
        opens=opens,
        closes=closes,
        begins=np.full(people, BEGIN_MIN * 60.0),
        ends=np.full(people, END_MIN * 60.0),
        needs=tuple(frozenset({str(skill)} - {""}) for skill in needed),
        holds=_trained(draw, people),
        worth=draw.choice(WORTH, size, p=WORTH_SHARE).astype(np.int64),
    )


def _towns(draw: np.random.Generator, size: int, people: int) -> Points:
    """Return jobs and homes around town centres, in kilometres; one in ten lies somewhere between."""
    count = max(2, round(size / TOWN_JOBS))
    side = np.sqrt(count * TOWN_KM2)
    centres, weights = draw.uniform(0, side, (count, 2)), draw.uniform(0.5, 1.5, count)
    town = draw.choice(count, size + people, p=weights / weights.sum())
    spots = centres[town] + draw.normal(0, TOWN_RADIUS_KM, (size + people, 2))
    outside = draw.random(size + people) < 0.1
    return np.asarray(np.where(outside[:, None], draw.uniform(0, side, spots.shape), spots))


def _country(draw: np.random.Generator, size: int, people: int) -> Points:
    """Return jobs and homes anywhere in a square."""
    return draw.uniform(0, np.sqrt(size * JOB_KM2), (size + people, 2))


def _drive(spots: Points, kmh: float) -> Points:
    """Return whole seconds between points, rounded up."""
    x, y = spots.T
    straight = np.hypot(x[:, None] - x, y[:, None] - y)
    return np.asarray(np.ceil(straight * (DETOUR * 3600 / kmh)))


def _service(draw: np.random.Generator, drive: Points, people: int) -> Points:
    """Return seconds on site, in whole five minutes, so that all work is `OVERLOAD` times what can be done."""
    near = np.sort(drive, axis=1)[:, 1 : NEAREST + 1].mean()
    mean = OVERLOAD * people * (END_MIN - BEGIN_MIN) * 60 / len(drive) - near
    shares = draw.choice(SERVICE, len(drive))
    return np.asarray(np.maximum(1, np.rint(shares * (mean / shares.mean()) / 300)) * 300.0)


def _windows(draw: np.random.Generator, size: int) -> tuple[Points, Points]:
    """Return windows on half hours inside the working day, infinite where there is none."""
    length = draw.choice(WINDOW_MIN, size)
    opens = BEGIN_MIN + 30 * np.floor(draw.random(size) * ((END_MIN - BEGIN_MIN - length) // 30 + 1))
    free = np.ones(size, bool)
    free[draw.permutation(size)[: round(WINDOWED * size)]] = False
    return np.where(free, -np.inf, opens * 60), np.where(free, np.inf, (opens + length) * 60)


def _trained(draw: np.random.Generator, people: int) -> tuple[frozenset[str], ...]:
    """Return the skills of each technician; somebody at least holds the rare one."""
    courses = list(TRAININGS)
    taken = draw.choice(len(courses), people, p=list(TRAININGS.values()))
    taken[draw.integers(people)] = len(courses) - 1
    return tuple(frozenset(courses[course]) for course in taken)
