"""Compile every kernel by running it once on two jobs and one shift."""

from __future__ import annotations

from functools import cache

import numpy as np

from fieldops.routing.program import NEVER
from fieldops.routing.solvers.search.arrays import (
    CHOICES,
    CLOSES,
    DRIVE_MAX,
    END,
    FIRST,
    JOB_COLUMNS,
    LIMIT,
    LOADS,
    METRES_MAX,
    NEEDS,
    SERVICE,
    SHIFT_COLUMNS,
    SPAN_MAX,
    WINDOWS,
    WORTH,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.streams import Streams


@cache
def rehearse() -> None:
    """Compile, or load what was compiled before; once in a process."""
    job, shift = np.zeros((2, JOB_COLUMNS), np.int64), np.zeros((1, SHIFT_COLUMNS), np.int64)
    job[:, [SERVICE, WINDOWS, WORTH, CHOICES]], job[:, CLOSES] = 1, NEVER
    shift[:, [END, LIMIT]], shift[:, [FIRST, LOADS]] = 9, -1
    shift[:, [DRIVE_MAX, METRES_MAX, SPAN_MAX]] = NEVER
    job[0, NEEDS] = 1
    model = Model(
        job, shift, np.array([[0, NEVER]]), np.zeros((0, 3), np.int64), np.zeros((1, 1, 2), np.int32),
        np.zeros((1, 2), np.int64), np.array([[1], [0]], np.int64), np.zeros((2, 1), np.int64),
        np.array([3, 5, 7], np.int64), np.array([[0, 0, 1]]), np.array([[0, 1]]), np.array([[0], [0], [0]]),
        np.array([1]),
    )  # fmt: skip
    streams = Streams(model, {}, [[]], seed=0, count=1)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    streams.run([3], streams.heat(0.0), None)
    streams.routes()
