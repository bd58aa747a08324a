"""The day for VROOM: its own skills, priorities and windows, at the most thorough level that fits the time.

VROOM serves the largest sum of priorities first, then drives least, which is the order of this benchmark. It has
threads of its own and draws nothing at random; it stops when it is done, often long before the limit. Its limit
doesn't cut its constructions short, and level x makes 4 (x + 1) of them. So level 0 runs first, and tells which
level there is time for; the better plan counts.
"""

from __future__ import annotations

import time
from datetime import timedelta

import vroom

from benchmarks.peer_solvers.runs import Terms
from benchmarks.skilled_day import SkilledDay, score

THOROUGH = 5
HIGHEST_PRIORITY = 100
PROFILE = "car"


def stated(day: SkilledDay, terms: Terms) -> tuple[vroom.Input, vroom.Input]:
    """Return the day as VROOM's input, twice: an input is solved once.

    Raises
    ------
    ValueError
        When a worth is beyond VROOM's priorities.
    """
    if day.worth.max() > HIGHEST_PRIORITY:
        raise ValueError(f"{day.name}: VROOM's priorities end at {HIGHEST_PRIORITY}, a worth is {day.worth.max()}")
    return _input(day), _input(day)


def _input(day: SkilledDay) -> vroom.Input:
    number = {skill: k for k, skill in enumerate(sorted(frozenset().union(*day.needs, *day.holds)), 1)}
    n = len(day.jobs)
    made = vroom.Input()
    made.set_durations_matrix(PROFILE, day.drive_ticks)
    for k, (begins, ends) in enumerate(day.shift_ticks.tolist()):
        skills = {number[skill] for skill in day.holds[k]}
        made.add_vehicle(
            vroom.Vehicle(k, start=n + k, end=n + k, profile=PROFILE, skills=skills, time_window=(begins, ends))
        )
    for i, (opens, closes) in enumerate(day.window_ticks.tolist()):
        made.add_job(
            vroom.Job(
                i, location=i, default_service=int(day.service_ticks[i]), priority=int(day.worth[i]),
                skills={number[skill] for skill in day.needs[i]}, time_windows=[vroom.TimeWindow(opens, closes)],
            )
        )  # fmt: skip
    return made


def solved(day: SkilledDay, made: tuple[vroom.Input, vroom.Input], terms: Terms) -> list[list[int]]:
    """Return the better routes of level 0 and of the level that the rest of the time allows."""
    began = time.perf_counter()
    quick = _routes(day, made[0], 0, terms.limit_s, terms.cores)
    spent = time.perf_counter() - began
    left = terms.limit_s - spent
    level = min(THOROUGH, int(left / spent) - 1)
    if level < 1:
        return quick
    thorough = _routes(day, made[1], level, left, terms.cores)
    return min(thorough, quick, key=lambda routes: score(day, day.tours(routes)).key)


def _routes(day: SkilledDay, made: vroom.Input, level: int, limit_s: float, cores: int) -> list[list[int]]:
    found = made.solve(level, nb_threads=cores, timeout=timedelta(seconds=limit_s)).routes
    routes: list[list[int]] = [[] for _ in day.technicians]
    stops = found[found["type"] == "job"]
    for vehicle, job in zip(stops["vehicle_id"], stops["id"], strict=True):
        routes[int(vehicle)].append(int(job))
    return routes
