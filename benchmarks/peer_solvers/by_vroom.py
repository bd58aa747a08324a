"""The day for VROOM: its own skills, priorities and windows, at its most thorough level.

VROOM serves the largest sum of priorities first, then drives least, which is the order of this benchmark. It has
threads of its own and draws nothing at random; it stops when it is done, often long before the limit.
"""

from __future__ import annotations

from datetime import timedelta

import vroom

from benchmarks.peer_solvers.runs import Terms
from benchmarks.skilled_day import SkilledDay

THOROUGH = 5
HIGHEST_PRIORITY = 100
PROFILE = "car"


def stated(day: SkilledDay, terms: Terms) -> vroom.Input:
    """Return the day as VROOM's input.

    Raises
    ------
    ValueError
        When a worth is beyond VROOM's priorities.
    """
    if day.worth.max() > HIGHEST_PRIORITY:
        raise ValueError(f"{day.name}: VROOM's priorities end at {HIGHEST_PRIORITY}, a worth is {day.worth.max()}")
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


def solved(day: SkilledDay, made: vroom.Input, terms: Terms) -> list[list[int]]:
    """Return VROOM's routes."""
    found = made.solve(THOROUGH, nb_threads=terms.cores, timeout=timedelta(seconds=terms.limit_s)).routes
    routes: list[list[int]] = [[] for _ in day.technicians]
    stops = found[found["type"] == "job"]
    for vehicle, job in zip(stops["vehicle_id"], stops["id"], strict=True):
        routes[int(vehicle)].append(int(job))
    return routes
