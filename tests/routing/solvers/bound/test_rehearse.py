"""What is compiled before the first proof."""

from __future__ import annotations

from fieldops.routing.solvers.bound.days import list_begin, list_days, reduced_costs
from fieldops.routing.solvers.bound.foresight import look_ahead
from fieldops.routing.solvers.bound.labels import begin, run
from fieldops.routing.solvers.bound.rehearse import rehearse


def test_every_kernel_is_rehearsed() -> None:
    """A kernel left out would be compiled within the limit of the first proof that needs it; nothing stops that."""
    rehearse()
    for kernel in (begin, run, look_ahead, list_begin, list_days, reduced_costs):
        assert kernel.signatures, kernel.__name__  # type: ignore[attr-defined]
