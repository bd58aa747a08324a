"""Where rests and the restock stop of a day stand among its jobs: where they cost least, by trying.

Moves of the search know jobs only. :func:`arrange` asks of each sequence of jobs how the van gets on with
tools and parts (:func:`suffices`), puts a stop at a depot where it must, and the rests where they fit. A stop is
made only where the van lacks something. Gaps whose detour alone is too late or too dear are passed over:
no day is lost by that where legs obey the triangle inequality.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldops.routing.program import NEVER, NOBODY
from fieldops.routing.solvers.search.arrays import (
    CARRIED,
    DEPOT_PLACE,
    DEPOT_SERVICE,
    DRIVE_RATE,
    DURATION,
    EARLIEST,
    FIRST,
    FLOOR_RATE,
    KIND,
    LASTS,
    LATEST,
    LOADS,
    METRE_RATE,
    NEED,
    NEEDS,
    NOTHING,
    OFFERED,
    PIECES,
    REST,
    RESTS,
    START,
    Ints,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner
from fieldops.routing.solvers.search.evaluate import (
    AT,
    BROKEN,
    BY,
    NOW,
    SOUND,
    STATE,
    UNFINISHED,
    copy,
    place_of,
    reach_by,
    walk,
)  # fmt: skip

GAP, DEPOT = range(2)


class Desk(NamedTuple):
    """Room to work in.

    Attributes
    ----------
    fore, ahead
        Rows (see `evaluate.walk`) of the jobs alone, and of the jobs with a restock stop.
    stops, tokens
        Jobs with a restock stop among them; those with rests as well.
    gaps
        (2, at least the number of rests): places of the rests tried, and of the best ones.
    stop
        The gap before which the best restock stop stands, or -1, and its depot.
    left, drawn
        Pieces of each kind in the van; pieces of each pool drawn.
    """

    fore: Ints
    ahead: Ints
    stops: Ints
    tokens: Ints
    gaps: Ints
    stop: Ints
    left: Ints
    drawn: Ints


def new_desk(model: Model, size: int) -> Desk:
    """Return room for days of `size` jobs."""
    rests = int(model.shift[:, RESTS].max(initial=0))

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    kinds, pools = model.stock.shape[1], len(model.pools)
    return Desk(
        whole(size + 3, STATE), whole(size + 3, STATE), whole(size + 2), whole(size + 2 + rests),
        whole(2, rests + 1), whole(2), whole(kinds), whole(pools),
    )  # fmt: skip


@inner
def lead(model: Model, shift: int, jobs: Ints, length: int) -> int:
    """Return the first position that is free: after a started job."""
    return 1 if length > 0 and model.shift[shift, FIRST] >= 0 else 0


# ---- tools and parts


@inner
def given_by(model: Model, depot: int, kind: int) -> int:
    """Return what a depot says of a kind: `NOTHING`, `WITHOUT_END` or the number of its pool."""
    if depot < 0:
        return NOTHING
    return model.stock[CARRIED + model.shift.shape[0] + depot, kind]


@inner
def suffices(model: Model, shift: int, tokens: Ints, length: int, left: Ints, drawn: Ints) -> int:
    """Return the position of the first job that lacks a tool or a part, or `length`; add up what is drawn.

    The account of :meth:`fieldops.routing.stock.Stock.account`: first the van, then the depot of the restock
    stop once it is made, then the depot where the van was loaded.
    """
    n, first_rest = model.job.shape[0], model.job.shape[0] + model.depot.shape[0]
    copy(model.stock[CARRIED + shift], left, left.shape[0])
    restocked, loaded = NOBODY, model.shift[shift, LOADS]
    for i in range(length):
        if tokens[i] >= n:
            if tokens[i] < first_rest:
                restocked = tokens[i] - n
            continue
        row = model.job[tokens[i]]
        for k in range(row[NEED], row[NEED] + row[NEEDS]):
            kind, pieces = model.need[k, KIND], model.need[k, PIECES]
            missing, lasts = pieces - left[kind], model.stock[LASTS, kind] != 0
            if missing > 0:
                source = given_by(model, restocked, kind)
                if source == NOTHING:
                    source = given_by(model, loaded, kind)
                if source == NOTHING:
                    return i
                if source >= 0:
                    drawn[source] += missing
                left[kind] = pieces if lasts else 0
            elif not lasts:
                left[kind] -= pieces
    return length


@inner
def can_restock(model: Model, shift: int) -> bool:
    """Whether the shift may stop at any depot."""
    for depot in range(model.depot.shape[0]):  # noqa: SIM110 - numba knows no generators
        if model.depot[depot, OFFERED + shift]:
            return True
    return False


# ---- rests


@inner
def spell(model: Model, shift: int, stops: Ints, length: int, gaps: Ints, tokens: Ints) -> int:
    """Write stops and rests (each before the stop that `gaps` names) into `tokens`; return how many there are."""
    size, first_rest = 0, model.job.shape[0] + model.depot.shape[0]
    for i in range(length + 1):
        for r in range(model.shift[shift, RESTS]):
            if gaps[r] == i:
                tokens[size] = first_rest + r
                size += 1
        if i < length:
            tokens[size] = stops[i]
            size += 1
    return size


@inner
def room_for_rest(model: Model, shift: int, rest: int, row: Ints, by: int, to: int) -> bool:
    """Whether a rest may be taken where `row` stands, if no other rest were due and `to` is reached `by` then."""
    own = model.rests[model.shift[shift, REST] + rest]
    end = max(row[NOW], own[EARLIEST]) + own[DURATION]
    return row[NOW] <= own[LATEST] and end + model.legs[row[AT], to, 0] <= by


@inner
def place_rests(
    model: Model, shift: int, stops: Ints, length: int, begin: int, rows: Ints, desk: Desk
) -> tuple[bool, int, int, int]:
    """Put the rests of `shift` among `stops` where the day costs least; no place that could be best is left out.

    Rests stay in the order of their earliest starts. A rest that can be had at home is left out.
    ``desk.gaps[1]`` is filled with the place of each rest, counted in stops before it, or `length` + 1 for at home.
    """
    terms, gaps, ahead = model.shift[shift], desk.gaps, desk.ahead
    rests, front = terms[RESTS], lead(model, shift, stops, length)
    if rests == 0:
        verdict, money, depart, back = walk(model, shift, stops, length, begin, rows, False)
        return verdict == SOUND, money, depart, back
    copy(rows[begin], ahead[begin], STATE)
    verdict, money, depart, back = walk(model, shift, stops, length, begin, ahead, True)
    for r in range(rests):
        gaps[0, r], gaps[1, r] = front, length + 1
    if verdict != UNFINISHED:
        return verdict == SOUND, money, depart, back
    reach_by(model, shift, stops, length, ahead)
    best, best_depart, best_back = NEVER, terms[START], terms[START]
    while True:
        k, previous, known, worth_a_walk = 0, front, length, True
        for r in range(rests):
            gap = gaps[0, r]
            if gap <= length and worth_a_walk:
                row = ahead[gap] if gap >= begin else rows[gap]
                to = place_of(model, shift, stops, length, gap)
                worth_a_walk = gap >= previous and room_for_rest(model, shift, r, row, ahead[gap, BY], to)
                previous, known = gap, min(known, gap)
        if worth_a_walk:
            size = spell(model, shift, stops, length, gaps[0], desk.tokens)
            verdict, money, depart, back = walk(
                model, shift, desk.tokens, size, known, ahead if known >= begin else rows, False
            )
            if verdict == SOUND and money < best:
                best, best_depart, best_back = money, depart, back
                for r in range(rests):
                    gaps[1, r] = gaps[0, r]
        while k < rests:
            gaps[0, k] += 1
            if gaps[0, k] <= length + 1:
                break
            gaps[0, k] = front
            k += 1
        if k == rests:
            return best < NEVER, best, best_depart, best_back


# ---- the restock stop


@inner
def detour(model: Model, shift: int, jobs: Ints, length: int, gap: int, depot: int, row: Ints, by: int) -> int:
    """Return what a stop in a gap costs at least, or `NEVER` where the next job is reached too late."""
    terms, stop = model.shift[shift], model.depot[depot]
    then = place_of(model, shift, jobs, length, gap)
    to, on = model.legs[row[AT], stop[DEPOT_PLACE]], model.legs[stop[DEPOT_PLACE], then]
    if row[NOW] + to[0] + stop[DEPOT_SERVICE] + on[0] > by:
        return NEVER
    skipped = model.legs[row[AT], then]
    ticks, metres = int(to[0]) + on[0] - skipped[0], int(to[1]) + on[1] - skipped[1]
    return ticks * terms[DRIVE_RATE] + metres * terms[METRE_RATE] + (ticks + stop[DEPOT_SERVICE]) * terms[FLOOR_RATE]


@inner
def with_stop(jobs: Ints, length: int, gap: int, token: int, stops: Ints) -> None:
    """Write `jobs` with a stop before the one at `gap` into `stops`."""
    for i in range(gap):
        stops[i] = jobs[i]
    stops[gap] = token
    for i in range(gap, length):
        stops[i + 1] = jobs[i]


@inner
def restock(
    model: Model,
    shift: int,
    jobs: Ints,
    length: int,
    begin: int,
    rows: Ints,
    desk: Desk,
    last: int,
    floor: int,
    cap: int,
) -> tuple[bool, int, int, int]:  # fmt: skip
    """Put one stop at a depot before or in gap `last`, where the day costs least and less than `cap`."""
    n, terms, fore = model.job.shape[0], model.shift[shift], desk.fore
    best, best_depart, best_back = cap, terms[START], terms[START]
    copy(rows[begin], fore[begin], STATE)
    verdict, _, _, _ = walk(model, shift, jobs, length, begin, fore, True)
    if verdict == BROKEN:
        return False, best, best_depart, best_back
    reach_by(model, shift, jobs, length, fore)
    front = lead(model, shift, jobs, length)
    least, first = NEVER, front  # the gap of the least detour is tried first: its day rules most others out
    for tried in range(2):
        for depot in range(model.depot.shape[0]):
            if not model.depot[depot, OFFERED + shift]:
                continue
            for gap in range(front, last + 1):
                row = fore[gap] if gap >= begin else rows[gap]
                more = detour(model, shift, jobs, length, gap, depot, row, fore[gap, BY])
                key = gap * model.depot.shape[0] + depot
                if tried == 0:
                    if more < least:
                        least, first = more, key
                    continue
                if more == NEVER or floor + more >= best or key == first:
                    continue
                sound, money, depart, back = stopped(model, shift, jobs, length, begin, rows, desk, gap, n + depot)
                if sound and money < best:
                    best, best_depart, best_back = money, depart, back
                    desk.stop[GAP], desk.stop[DEPOT] = gap, depot
        if tried == 0:
            if least == NEVER or floor + least >= best:
                break
            gap, depot = first // model.depot.shape[0], first % model.depot.shape[0]
            sound, money, depart, back = stopped(model, shift, jobs, length, begin, rows, desk, gap, n + depot)
            if sound and money < best:
                best, best_depart, best_back = money, depart, back
                desk.stop[GAP], desk.stop[DEPOT] = gap, depot
    return desk.stop[GAP] >= 0, best, best_depart, best_back


@inner
def stopped(
    model: Model, shift: int, jobs: Ints, length: int, begin: int, rows: Ints, desk: Desk, gap: int, token: int
) -> tuple[bool, int, int, int]:
    """Return verdict, cost, departure and return of the day with a stop in `gap`."""
    with_stop(jobs, length, gap, token, desk.stops)
    if suffices(model, shift, desk.stops, length + 1, desk.left, desk.drawn) <= length:
        return False, NEVER, 0, 0
    return place_rests(model, shift, desk.stops, length + 1, min(gap, begin), rows, desk)


@inner
def arrange(
    model: Model,
    shift: int,
    jobs: Ints,
    length: int,
    begin: int,
    rows: Ints,
    desk: Desk,
    lacks: int,
    floor: int,
    cap: int,
) -> tuple[bool, int, int, int]:  # fmt: skip
    """Put the rests of `shift`, and a restock stop where the van lacks something, where the day costs least.

    Parameters
    ----------
    jobs, length, begin
        The day's jobs. With ``begin < length``, the job at `begin` is new among those of `rows`.
    rows
        Describes the jobs before `begin` (see `evaluate.walk`).
    desk
        Room to work in; ``desk.stop`` says where the restock stop stands.
    lacks
        Position of the first job that lacks something, or `length`.
    floor, cap
        With a restock stop: what the day costs at least without it; only days that cost less than `cap` are of
        interest.

    Returns
    -------
    tuple
        Whether there is a sound day, its cost, departure and return.
    """
    desk.stop[GAP] = NOBODY
    if lacks >= length:
        return place_rests(model, shift, jobs, length, begin, rows, desk)
    return restock(model, shift, jobs, length, begin, rows, desk, lacks, floor, cap)


@inner
def spelled(model: Model, shift: int, jobs: Ints, length: int, rows: Ints, desk: Desk, tokens: Ints) -> int:
    """Write the day that `arrange` found best into `tokens`; return how many there are."""
    if desk.stop[GAP] < 0:
        return spell(model, shift, jobs, length, desk.gaps[1], tokens)
    gap = desk.stop[GAP]
    stopped(model, shift, jobs, length, length, rows, desk, gap, model.job.shape[0] + desk.stop[DEPOT])
    return spell(model, shift, desk.stops, length + 1, desk.gaps[1], tokens)
