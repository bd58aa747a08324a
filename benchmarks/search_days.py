"""Generated days for the search's micro benchmarks: jobs, technicians, skills, windows, more work than capacity."""

from __future__ import annotations

import numpy as np

from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.travel import Travel
from fieldops.units import CENT, HOUR, KILOMETRE, MINUTE

SKILLS = ("electric", "network", "hydraulic", "cooling", "rare")
SHARE = (0.7, 0.6, 0.4, 0.3, 0.08)


def day(size: int, seed: int = 0, *, shifts: int | None = None, rest: bool = True, rural: bool = False) -> Problem:
    """Return a day of `size` jobs, about seven for each technician, a tenth more than they can do.

    Six in ten jobs have a window of two to four hours; half need a skill, some a rare one; priorities are worth
    1, 3 and 10. `shifts` overrides the number of technicians.
    """
    draw = np.random.default_rng(seed)
    people = shifts or round(size / 7)
    spread = 0.9 if rural else 0.25
    centres = draw.uniform(-spread, spread, (max(2, size // 60), 2))
    spots = centres[draw.integers(0, len(centres), size)] + draw.normal(0, spread / 6, (size, 2))
    homes = draw.uniform(-spread, spread, (people, 2))
    places = {f"job {k:04}": (34.2 + y, 108.9 + x) for k, (x, y) in enumerate(spots)}
    places |= {f"home {k:04}": (34.2 + y, 108.9 + x) for k, (x, y) in enumerate(homes)}
    jobs = tuple(_job(draw, k) for k in range(size))
    technicians = tuple(_technician(draw, k) for k in range(people))
    hours = {"rest_min": 30 * MINUTE} if rest else {}
    day_of = tuple(
        Shift(f"S{k:04}", f"T{k:04}", 8 * HOUR, 17 * HOUR, f"home {k:04}", f"home {k:04}", hours) for k in range(people)
    )
    return Problem(jobs, technicians, day_of, Travel.from_coordinates(places))


def _job(draw: np.random.Generator, k: int) -> Job:
    values: dict[str, object] = {"worth": float(draw.choice([1, 3, 10], p=[0.6, 0.3, 0.1]))}
    if draw.random() < 0.6:
        opens = int(draw.integers(16, 29)) * 30 * MINUTE
        values["windows"] = ((opens, opens + int(draw.integers(2, 5)) * HOUR),)
    if draw.random() < 0.5:
        values["skills"] = ((str(draw.choice(SKILLS, p=[0.35, 0.3, 0.2, 0.1, 0.05])), int(draw.integers(1, 3))),)
    return Job(f"J{k:04}", f"job {k:04}", int(draw.choice([30, 45, 60, 75, 90])) * MINUTE, values)


def _technician(draw: np.random.Generator, k: int) -> Technician:
    held = tuple((s, int(draw.integers(1, 4))) for s, share in zip(SKILLS, SHARE, strict=True) if draw.random() < share)
    costs = {
        "cost_per_hour": 6000 * CENT // HOUR,
        "cost_per_km": 100 * CENT // KILOMETRE,
        "overtime_max_min": 60 * MINUTE,
    }
    return Technician(f"T{k:04}", f"technician {k}", {"skills": held, **costs})
