"""Random whole numbers inside kernels: xorshift64 (Marsaglia 2003, Journal of Statistical Software 8(14)).

Its state is one int64 in an array, so a kernel goes on where the last slice ended, and every run with the
same seed draws the same numbers on every machine.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from fieldops.routing.solvers.search.arrays import Ints
from fieldops.routing.solvers.search.cache import inner

ONE: Final = 2**31  # draws are 31 bits: a probability p is the threshold p * ONE


def begin(seed: int, stream: int) -> Ints:
    """Return the state of a stream's generator; streams of one seed are independent."""
    words = np.random.SeedSequence([seed & (2**64 - 1), stream]).generate_state(1, np.uint64)
    return np.maximum(words >> np.uint64(1), 1).astype(np.int64)


@inner
def below(draws: Ints, top: int) -> int:
    """Return a whole number from 0 to `top` - 1 (`top` up to 2**31)."""
    x = draws[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x1FFFFFFFFFFFFFF
    x ^= x << 17
    draws[0] = x
    return (((x >> 33) & 0x7FFFFFFF) * top) >> 31
