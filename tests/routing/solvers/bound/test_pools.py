"""What the proof knows of parts: every plan obeys it, and it says something."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.given import concede
from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.pools import Pools
from tests.routing.solvers.bound.days import drawing_days
from tests.routing.solvers.search.days import random_program


def programs(depots: int) -> list[Program]:
    """Return random programs with tools, parts and depots that hold few of them, conceded."""
    found = [random_program(np.random.default_rng(seed), 4, 2, 0, depots) for seed in range(12)]
    for program in found:
        for pool in program.stock.pools:
            pool.update({kind: min(pieces, 3) for kind, pieces in pool.items()})
        concede(Clock(program))
    return found


@pytest.mark.parametrize("depots", [1, 2])
def test_every_plan_obeys_the_rows(depots: int) -> None:
    """A row that some plan breaks would prove what is false: all sound days of two shifts, in all pairs."""
    held = plans = 0
    for program in programs(depots):
        pools, clock, n = Pools(program), Clock(program), len(program.jobs)
        by_shift = [{(0, ()): 0, **drawing_days(program, clock, shift)} for shift in (0, 1)]
        for shift, found in enumerate(by_shift):
            for served, _ in found:
                assert all(pools.allowed[job, shift] for job in range(n) if served >> job & 1)
        for one, drawn in by_shift[0]:
            for other, more in by_shift[1]:
                draws = Counter(dict(drawn)) + Counter(dict(more))
                if one & other or any(pieces > program.stock.pools[d][kind] for (d, kind), pieces in draws.items()):
                    continue
                plans += 1
                for row in pools.rows:
                    used = sum(
                        int(row.draws(shift)[job])
                        for shift, served in enumerate((one, other))
                        for job in range(n)
                        if served >> job & 1
                    )
                    assert used <= row.limit
                    held += used == row.limit
    assert plans > 100
    assert held > 3, "rows that no plan ever fills say nothing"


def test_shares_of_changed_programs_are_those_of_before() -> None:
    """Prices are of rows: a program whose vans hold something else has other rows, and no price may be read off."""
    one, other = (random_program(np.random.default_rng(3), 4, 2, 0, 1) for _ in range(2))
    same = Pools(one).on(Pools(other))
    assert [row.draws(0).tolist() for row in same.rows] == [row.draws(0).tolist() for row in Pools(one).rows]
    other.stock.carried[0][0] = other.stock.carried[0].get(0, 0) + 1
    with pytest.raises(ValueError, match="stock"):
        Pools(one).on(Pools(other))
