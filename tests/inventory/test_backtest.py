"""The replay: nothing is lost in it, it doesn't look ahead, and its figures are what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import backtest, replay
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of, sparse_history

SIZES = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 9.0]), min_size=1, max_size=40)


def by_hand(series: list[float], s: int, q: int, lead: int, review: int, kind: str) -> dict[str, float]:
    """Play one item piece by piece with a list of open orders."""
    net, opened, filled, received, orders, shelf = float(s + q), [], 0.0, 0.0, 0, 0.0
    for period, asked in enumerate(series):
        arrived = sum(pieces for due, pieces in opened if due == period)
        opened = [(due, pieces) for due, pieces in opened if due > period]
        received += arrived
        net += arrived
        filled += min(max(net, 0.0), asked)
        net -= asked
        position = net + sum(pieces for _, pieces in opened)
        if (period + 1) % review == 0 and position <= s:
            pieces = s + q - position
            if kind == "s,nQ":
                pieces = q
                while position + pieces <= s:
                    pieces += q
            opened.append((period + 1 + lead, pieces))
            orders += 1
        shelf += max(net, 0.0)
    return {"filled": filled, "received": received, "closing": net, "orders": orders, "on_hand": shelf / len(series)}


@given(
    series=SIZES,
    s=st.integers(-1, 12),
    q=st.integers(1, 7),
    lead=st.integers(0, 6),
    review=st.integers(1, 4),
    kind=st.sampled_from(["s,S", "s,nQ"]),
)
def test_replay_is_the_game_played_by_hand(
    series: list[float], s: int, q: int, lead: int, review: int, kind: str
) -> None:
    """All items at once give for each what playing it alone with a list of open orders gives; pieces are conserved."""
    other = [5.0] * len(series)
    counts = np.array([series, other]).T
    point, lots, wait = np.array([s, 20]), np.array([q, 1]), np.array([lead, 9])
    books = replay(counts, point, lots, wait, review=review, kind=kind)  # type: ignore[arg-type]
    expected = by_hand(series, s, q, lead, review, kind)
    assert {name: float(getattr(books, name)[0]) for name in expected} == pytest.approx(expected)
    assert books.opening + books.received == pytest.approx(books.demanded + books.closing)
    assert (books.filled <= books.demanded).all()


@given(series=SIZES, warm_up=st.integers(0, 20))
def test_warm_up_is_played_but_not_booked(series: list[float], warm_up: int) -> None:
    """The books of the last periods are those of the whole game less those of the first."""
    warm_up = min(warm_up, len(series))
    counts, one = np.array(series)[:, None], np.array([2])
    whole = replay(counts, one, one, one)
    first = replay(counts[:warm_up], one, one, one)
    rest = replay(counts, one, one, one, warm_up=warm_up)
    for name in ("demanded", "filled", "received", "orders"):
        assert getattr(rest, name) == pytest.approx(getattr(whole, name) - getattr(first, name))
    assert rest.opening == pytest.approx(first.closing if warm_up < len(series) else rest.opening)


def backtested(history: DemandHistory, **options: Any) -> Any:
    """Backtest with lead times from 0 to 5 months."""
    days = np.linspace(0, 5, history.n_items).round() * 30.4375
    parts = PartMaster.of(history.parts, price=np.linspace(1, 50, history.n_items), lead_time_days=days)
    return backtest(history, parts, **{"split": 36, "target": 0.9, **options})


def test_levels_do_not_look_ahead() -> None:
    """Changing the held-out periods changes no level."""
    history = sparse_history(40, 60)
    changed = DemandHistory.from_matrix(
        np.vstack([history.counts[:36], history.counts[36:] * 7 + 3]).T,
        parts=history.parts,
        places="XA",
        first=history.edges[0].item(),
    )
    one, other = backtested(history), backtested(changed)
    assert one.levels.reorder_point.tolist() == other.levels.reorder_point.tolist()
    assert one.books.demanded.sum() < other.books.demanded.sum()


def test_summary_is_what_it_says() -> None:
    """Unit, part and value fill, stock value and orders against sums over the frame."""
    found = backtested(sparse_history(60, 60))
    frame, figures = found.to_frame(), found.summary()
    asked = frame[frame["demanded_pcs"] > 0]
    price = found.levels.price[frame["demanded_pcs"] > 0]
    assert figures["parts"] == 60
    assert figures["parts_demanded"] == len(asked) < 60
    assert figures["reached_unit_fill"] == pytest.approx(asked["filled_pcs"].sum() / asked["demanded_pcs"].sum())
    assert figures["reached_part_fill"] == pytest.approx(asked["reached_fill_rate"].mean())
    value = (asked["filled_pcs"] * price).sum() / (asked["demanded_pcs"] * price).sum()
    assert figures["reached_value_fill"] == pytest.approx(value)
    assert figures["stock_value"] == pytest.approx(frame["reached_stock_value"].sum())
    assert figures["orders"] == frame["orders"].sum() > 0
    assert 0.9 <= figures["promised_part_fill"] < 1


def test_classes_add_up() -> None:
    """The figures by class are those of the parts of each class: counts and stock value add up to the whole."""
    found = backtested(sparse_history(60, 60))
    for label in ("class", "abc", "criticality"):
        table = found.by(label)
        assert table["parts"].sum() == 60
        assert table["stock_value"].sum() == pytest.approx(found.summary()["stock_value"])
    assert len(found.by("class")) > 2


def test_promise_is_kept_where_the_future_is_like_the_past() -> None:
    """On 3,000 parts with true and steady Poisson demand, promise and deed differ by less than a point."""
    rates = np.random.default_rng(6).uniform(0.05, 2.0, 3_000)
    counts = np.random.default_rng(7).poisson(rates, (84, 3_000)).astype(float)
    history = DemandHistory.from_matrix(
        counts.T, parts=[str(n) for n in range(3_000)], first=sparse_history(1, 1).edges[0].item()
    )
    figures = backtested(history, split=60).summary()
    assert figures["reached_unit_fill"] == pytest.approx(figures["promised_unit_fill"], abs=0.01)


def test_a_full_shelf_flatters() -> None:
    """Starting with everything on the shelf fills no less than starting with a running pipeline."""
    history = sparse_history(400, 48)
    warm, full = backtested(history, target=0.8), backtested(history, target=0.8, start="full")
    assert (full.books.filled >= warm.books.filled - 1e-9).all()
    assert full.books.filled.sum() > warm.books.filled.sum()


def test_longer_reviews_are_replayed() -> None:
    """Quarterly looks are promised for and played: fewer orders, more stock, the target still about reached."""
    history = sparse_history(200, 96, seed=4)
    monthly, quarterly = (
        backtested(history, split=72).summary(),
        backtested(history, split=72, review_period=3).summary(),
    )
    assert quarterly["orders"] < monthly["orders"]
    assert quarterly["stock_value"] > monthly["stock_value"]
    assert quarterly["reached_part_fill"] > 0.85


def test_lead_times_are_rounded_alike() -> None:
    """Forty days are one month, in the levels as in the replay."""
    history = history_of([0.0, 1.0, 2.0, 0.0] * 9)
    odd, even = (
        backtest(history, PartMaster.of(["P0"], lead_time_days=days), split=24, target=0.9) for days in (40, 30.4375)
    )
    assert odd.levels.lead.tolist() == even.levels.lead.tolist() == [1.0]
    assert odd.books.filled.tolist() == even.books.filled.tolist()


def test_not_observed_periods_ask_for_nothing() -> None:
    """NaN in the held-out periods is no demand, and no fault."""
    history = history_of([0.0, 1.0] * 12 + [np.nan] * 6, [1.0] * 30)
    found = backtest(history, PartMaster.of(["P0", "P1"], lead_time_days=0), split=24, target=0.9)
    assert found.books.demanded.tolist() == [0.0, 6.0]
    assert np.isnan(found.fill[0])


def test_impossible_arguments_are_refused() -> None:
    """A split without anything to replay, an unknown start and a broken review are told."""
    history, parts = history_of([1.0] * 6), PartMaster.of(["P0"], lead_time_days=0)
    with pytest.raises(ConfigError, match="between 1 and 5 periods, not 6"):
        backtest(history, parts, split=6)
    with pytest.raises(ConfigError, match="warm, full"):
        backtest(history, parts, split=3, start="cold")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="whole number of periods"):
        backtest(history, parts, split=3, review_period=0)


def test_periods_cut_short_are_not_judged_but_drain_the_shelf() -> None:
    """Usage of a month without stock is no demand: as much served, but nothing of that month promised or missed."""
    months = 60
    series = [4.0] * months
    series[50] = 1.0  # half of the month there was nothing: two a month were asked for in the other
    shares = [1.0] * months
    shares[50] = 0.5
    plain = history_of(series)
    told = plain.with_stock(np.array([shares]).T)
    parts = PartMaster.of(["P0"], lead_time_days=61)
    one, other = (backtest(history, parts, split=40, target=0.9) for history in (plain, told))
    assert one.books.demanded[0] == 4 * 19 + 1
    assert (other.books.demanded[0], other.books.unjudged[0]) == (4 * 19, 3)  # one seen, two expected in the rest
    assert other.levels.reorder_point.tolist() == one.levels.reorder_point.tolist()
    for books in (one.books, other.books):
        assert books.opening + books.received == pytest.approx(books.demanded + books.unjudged + books.closing)
    never = backtest(plain.with_stock(np.zeros((months, 1))), parts, split=40, target=0.9)
    assert never.books.demanded[0] == 0
    assert np.isnan(never.fill[0])


def test_what_is_not_judged_still_empties_the_shelf() -> None:
    """Ten pieces asked for in a month that isn't judged leave nothing for the next, which is."""
    counts, one = np.array([[10.0], [1.0]]), np.array([1])
    for judged, filled in (([False, True], 0.0), ([True, True], 6.0)):
        books = replay(counts, np.array([5]), one, np.array([3]), judged=np.array(judged)[:, None])
        assert books.filled[0] == filled
    assert books.unjudged[0] == 0


def test_each_order_has_the_lead_time_of_its_month() -> None:
    """Orders of months 1 and 2 take 3 and 0 months: the later comes first, and nothing is lost."""
    counts, none = np.array([[2.0], [3.0], [0.0], [0.0], [0.0]]), np.array([0])
    waits = np.array([[3], [0], [0], [0], [0]])
    books = [replay(counts[:months], none + 4, none + 1, waits[:months]) for months in (3, 4, 5)]
    assert [one.received[0] for one in books] == [3.0, 3.0, 5.0]
    assert books[-1].closing[0] == 5.0


def test_a_replay_does_not_know_whose_life_will_end() -> None:
    """A part that ends in the held-out months is stocked like its twin that lives on; one that has ended isn't."""
    series = [0.0, 1.0, 0.0, 2.0] * 7 + [0.0] * 8
    history = history_of(series, series).ended(np.array(["2023-06-01", "NaT"], dtype="datetime64[D]"))
    parts = PartMaster.of(history.parts, lead_time_days=30)
    ended, twin = backtest(history, parts, split=24).levels.reorder_point.tolist()
    assert ended == twin >= 0
    assert backtest(history, parts, split=32).levels.reorder_point[0] == -1


def test_a_part_introduced_after_the_split_is_neither_stocked_nor_judged() -> None:
    """Nobody knew of it: no level at the split, whatever its minimum, its demand in no fill; from then on it counts."""
    late = [np.nan] * 28 + [2.0, 0.0, 1.0, 3.0]
    history = history_of(*[[0.0, 1.0, 0.0, 2.0] * 8] * 110, late)
    parts = PartMaster.of(history.parts, lead_time_days=30, min_stock_pcs=2)
    found = backtest(history, parts, split=24)
    assert found.levels.model[-1] == "pooled"
    assert (found.levels.reorder_point[-1], found.levels.order_up_to[-1]) == (-1, 0)
    assert found.levels.reasons()[-1].endswith("introduced later: not stocked yet")
    assert (found.books.demanded[-1], found.books.unjudged[-1]) == (0.0, 6.0)
    assert found.books.demanded[0] == found.books.demanded[1] > 0
    assert found.levels.reorder_point[0] >= 1
    known = backtest(history, parts, split=30)
    assert known.levels.reorder_point[-1] >= 1
    assert known.books.demanded[-1] == 4.0


def test_no_rest_of_an_order_stands_on_the_shelf_for_a_part_introduced_after_the_split() -> None:
    """Its MOQ is five, but nobody has ordered it: not one piece of it is stock, whatever is asked for later."""
    history = history_of([0.0, 1.0, 0.0, 2.0] * 8, [np.nan] * 28 + [2.0, 0.0, 1.0, 3.0])
    parts = PartMaster.of(history.parts, lead_time_days=30, price=[1.0, 1000.0], moq_pcs=[1, 5])
    for start in ("warm", "full"):
        found = backtest(history, parts, split=24, start=start)  # type: ignore[arg-type]
        assert (found.books.opening[1], found.books.on_hand[1]) == (0.0, 0.0)
        assert found.books.unjudged[1] == 6.0
        assert found.summary()["stock_value"] == found.books.on_hand[0]


def test_a_part_never_observed_is_not_awaited() -> None:
    """Of a part without any observed period nobody says that it comes later: its minimum is kept."""
    history = history_of([1.0, 0.0] * 10, [np.nan] * 20)
    found = backtest(history, PartMaster.of(history.parts, lead_time_days=30, min_stock_pcs=3), split=12)
    assert found.levels.reorder_point[1] == 2
