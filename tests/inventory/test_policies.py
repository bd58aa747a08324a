"""The policies by name: stock watched all the time, mixed policies, and the configuration's words."""

from __future__ import annotations

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory import policies
from fieldops.inventory.demand import MODELS, Geometric, NegativeBinomial, Poisson
from fieldops.inventory.demand.base import Family, FamilyDemand, Interval
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import MODEL_NAMES, POLICY_NAMES, PartMaster
from fieldops.inventory.policy import MEASURES, least_reorder_point, service
from fieldops.inventory.proposals import Stock, propose
from tests.inventory.make import compound_poisson, history_of, sparse_history


def always(family: Family, rate: float, spread: float, lead: float) -> Interval:
    """Demand watched all the time: `spread` is variance over mean."""
    lengths = lead, lead + policies.MOMENT / rate, policies.MOMENT / rate
    parts = (FamilyDemand(family, np.array([rate * one]), np.array([rate * one * spread])) for one in lengths)
    return Interval(*parts, watched=np.array([True]))


@pytest.mark.parametrize(
    ("point", "quantity", "kind", "expected"),
    [
        (8, 5, "s,nQ", (0.82722154, 0.74736313, 0.6184221, 5.6184221)),
        (8, 7, "s,S", (0.8702, 0.8059, 0.4553, None)),
        (9, 1, "s,S", (0.79319115, 0.70191501, 0.74984854, 4.74984854)),
    ],
)
def test_lumps_watched_all_the_time(
    point: int, quantity: int, kind: str, expected: tuple[float, float, float, float | None]
) -> None:
    """Geometric orders (mean 2.5, .8 a period, L = 3) give the known (R,Q), (s,S) and (S-1,S) without a review."""
    demands = always(Geometric(), 2.0, 4.0, 3.0)
    found = service(demands, np.array([point]), np.array([quantity]), kind)  # type: ignore[arg-type]
    measured = found.ready_rate, found.fill_rate, found.expected_backorders, found.expected_on_hand
    for one, known in zip(measured, expected, strict=True):
        assert known is None or one[0] == pytest.approx(known, abs=5e-5 if quantity == 7 else 5e-6)


def test_single_pieces_watched_all_the_time() -> None:
    """Poisson (r, Q) = (3, 5): fill rate is ready rate (PASTA), and cycle service is P(D_L <= r) with a customer."""
    demands = always(Poisson(), 1.5, 1.0, 2.0)
    found = service(demands, np.array([3]), np.array([5]), "s,nQ")
    assert found.fill_rate[0] == pytest.approx(0.86663283, abs=1e-6)
    assert found.ready_rate[0] == pytest.approx(found.fill_rate[0], abs=1e-5)
    below = np.exp(-3.0) * (1 + 3 + 9 / 2 + 27 / 6)
    assert found.cycle_service[0] == pytest.approx(below, abs=1e-5)
    assert least_reorder_point(demands, np.array([below - 1e-4]), "cycle_service")[0] == 3


def test_cycle_service_counts_the_whole_order_of_a_customer() -> None:
    """Lumps may jump over s: cycle service holds for D_L and the whole order that makes the next one go out."""
    demands = always(Geometric(), 2.0, 4.0, 3.0)
    sizes = np.concatenate([[0.0], 0.4 * 0.6 ** np.arange(60)])
    together = np.convolve(compound_poisson(0.8 * 3, sizes, 200), sizes)
    found = service(demands, np.array([8]), np.array([7]))
    assert found.cycle_service[0] == pytest.approx(together[:10].sum(), abs=1e-5)


def test_each_item_has_its_own_policy() -> None:
    """Mixed policies give each item what it gets alone, and each promises the target."""
    history = sparse_history(28, 40, seed=4)
    names = [POLICY_NAMES[at % len(POLICY_NAMES)] for at in range(28)]
    parts = PartMaster.of(history.parts, price=3, lead_time_days=45)
    for measure in MEASURES:
        together = reorder_levels(history, parts, target=0.9, measure=measure, policy=names, order_quantity=4)  # type: ignore[arg-type]
        promised = getattr(together.promised, measure)
        assert (promised[together.rate > 0] >= 0.9 - 1e-9).all()
        for at, name in enumerate(names):
            one = history.take(np.array([at]))
            mine = parts.take(np.array([at]))
            alone = reorder_levels(one, mine, target=0.9, measure=measure, policy=name, order_quantity=4)  # type: ignore[arg-type]
            assert alone.reorder_point[0] == together.reorder_point[at]
            assert getattr(alone.promised, measure)[0] == pytest.approx(promised[at], nan_ok=True)


def test_one_for_one_orders_one_and_watching_needs_less() -> None:
    """R,S and S-1,S have Q = 1 but for MOQ and pack; who is watched all the time needs no more stock than who isn't."""
    history = sparse_history(20, 48, seed=9)
    parts = PartMaster.of(history.parts, lead_time_days=40, pack_pcs=[1, 3] * 10)
    levels = {name: reorder_levels(history, parts, policy=name, order_quantity=6) for name in POLICY_NAMES}
    for name in ("R,S", "S-1,S"):
        assert levels[name].quantity.tolist() == [1, 3] * 10
    assert levels["R,s,S"].quantity.tolist() == [6] * 20
    for watched, reviewed in (("S-1,S", "R,S"), ("s,S", "R,s,S"), ("s,nQ", "R,s,nQ")):
        assert (levels[watched].reorder_point <= levels[reviewed].reorder_point).all()
        assert (levels[watched].reorder_point < levels[reviewed].reorder_point).any()
    assert levels["R,Q"].reorder_point.tolist() == levels["s,nQ"].reorder_point.tolist()


def test_a_part_keeps_its_own_policy() -> None:
    """What the part master says of a part goes before the argument; proposals order in its way."""
    history = history_of([3.0, 2.0, 4.0] * 8, [3.0, 2.0, 4.0] * 8)
    parts = PartMaster.of(history.parts, lead_time_days=30, policy=["", "R,s,nQ"])
    levels = reorder_levels(history, parts, policy="R,s,S", order_quantity=5)
    assert levels.policy.tolist() == ["R,s,S", "R,s,nQ"]
    orders = propose(levels, Stock.of(history.parts, history.places, on_hand_pcs=levels.reorder_point - 1))["order_pcs"]
    assert orders.tolist() == [6, 5]


def test_waiting_is_backorders_over_rate() -> None:
    """Little's law: pieces wait EBO/rate on average, stated in days; NaN where nothing is demanded."""
    history = history_of([2.0, 0.0, 1.0] * 8, [0.0] * 24)
    levels = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=60), target=0.8)
    days = levels.promised.expected_backorders[0] / levels.rate[0] * 365.25 / 12
    assert levels.to_frame()["expected_wait_days"].tolist() == pytest.approx([days, np.nan], nan_ok=True)


def test_no_demand_is_no_fault_when_watched() -> None:
    """Parts never demanded are not stocked under any policy; nothing stops the batch."""
    history = history_of([0.0] * 12, [0.0, 1.0] * 6)
    for name in POLICY_NAMES:
        levels = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=10), policy=name)
        assert levels.reorder_point[0] == -1
        assert levels.reorder_point[1] >= 0


def test_unknown_policies_are_named() -> None:
    """A misspelt policy, in the argument or in the master, and a wrong number of names are told."""
    history = history_of([1.0] * 6, [1.0] * 6)
    parts = PartMaster.of(history.parts, lead_time_days=1)
    with pytest.raises(ConfigError, match="no policy 'R,s'"):
        reorder_levels(history, parts, policy="R,s")
    with pytest.raises(ConfigError, match="one for each of the 2 items"):
        reorder_levels(history, parts, policy=["R,S"])
    with pytest.raises(ConfigError, match="no policy 'min-max'"):
        reorder_levels(history, PartMaster.of(history.parts, lead_time_days=1, policy="min-max"))


def test_names_are_the_same_everywhere() -> None:
    """The words of the parts table are those of the policies and of the models."""
    assert list(policies.POLICIES) == [*POLICY_NAMES]
    assert list(MODELS) == [*MODEL_NAMES]


def test_negative_binomial_watched_has_logarithmic_orders() -> None:
    """The default model watched all the time: its orders are logarithmic, so fill is that of such customers."""
    theta, customers, lead = 0.5, 0.6, 2.0
    sizes = np.concatenate([[0.0], -(theta ** np.arange(1, 60)) / (np.arange(1, 60) * np.log(1 - theta))])
    mean = float(np.arange(60) @ sizes)
    before = compound_poisson(customers * lead, sizes, 200)
    after = np.convolve(before, sizes)
    short = [float((np.maximum(np.arange(len(d)) - 6, 0) * d).sum()) for d in (after, before)]
    found = service(always(NegativeBinomial(), customers * mean, 2.0, lead), np.array([5]))
    assert found.fill_rate[0] == pytest.approx(1 - (short[0] - short[1]) / mean, abs=1e-5)
