"""The picture of a level: it says what the level is, and every peculiar series has one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory.demand import MODELS
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.report.level_page import level_picture, write_level_page
from fieldops.report.svg import Bars
from tests.inventory.make import history_of
from tests.inventory.test_models import DEGENERATE

SVG = "{http://www.w3.org/2000/svg}"
SERIES = [2.0, 0.0, 0.0, 1.0, 0.0, 3.0] * 6


def levels_of(series: list[float] = SERIES, model: str = "negative_binomial", **limits: Any) -> Levels:
    """Give the levels of one part."""
    parts = PartMaster.of(["P0"], **{"price": 911.37, "lead_time_days": 30, **limits})
    return reorder_levels(history_of(series), parts, model=model)


def hints(drawn: str) -> list[str]:
    """Give what the bars say, in their order; the drawing must be well-formed."""
    return [title.text or "" for title in ElementTree.fromstring(drawn).findall(f"{SVG}rect/{SVG}title")]


def test_the_bars_are_the_figures() -> None:
    """Usage is that of the history, the chances add up, and the bars of the pieces add up to what the level serves."""
    levels = levels_of()
    told = hints(level_picture(levels, "P0", "XA"))
    used = [float(hint.split(": ")[1]) for hint in told if re.match(r"20\d\d-", hint)]
    assert used == SERIES
    chances = [float(hint.split(": ")[1][:-1]) for hint in told if "pieces: " in hint]
    assert sum(chances) == pytest.approx(100, abs=1.5)
    point, yearly = int(levels.reorder_point[0]), float(levels.rate[0]) * 12
    worth = [re.match(r"reorder point ([\d,]+): ([\d.e-]+) pieces", hint) for hint in told]
    served = sum(float(found[2]) for found in worth if found and int(found[1]) <= point)
    assert served == pytest.approx(float(levels.promised.fill_rate[0]) * yearly, rel=0.02)


@pytest.mark.parametrize("series", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_every_series_has_a_picture(series: list[float]) -> None:
    """Nothing used, one demand, gaps, millions: well-formed, of bounded size, without a nan in it."""
    drawn = level_picture(levels_of(series), "P0", "XA")
    assert "nan" not in drawn.replace("pieces", "").lower()
    assert len(hints(drawn)) <= len(series) + 160


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_picture(model: str) -> None:
    """Also with packs and a cap the last piece is marked where the level is."""
    levels = levels_of(model=model, moq_pcs=4, max_stock_pcs=9)
    drawn = level_picture(levels, "P0", "XA")
    assert f"reorder point {int(levels.reorder_point[0])}: " in drawn
    assert "the last piece" in drawn


def test_the_page_escapes_what_it_tells(tmp_path: Path) -> None:
    """Names and reasons can't become markup; the words of the explanation stand beside the picture."""
    parts = PartMaster.of(["<b>"], names="<script>alert(1)</script>", lead_time_days=30)
    history = history_of(SERIES)
    history.parts[0] = "<b>"
    path = tmp_path / "level.html"
    write_level_page(reorder_levels(history, parts), "<b>", "XA", path, usage=["Usage: <i>领用</i> 3 rows, 4 pieces."])
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"<(script|b|i)>", page)
    assert "&lt;i&gt;领用&lt;/i&gt; 3 rows" in page
    assert "Least reorder point that reaches it" in page
    with pytest.raises(ConfigError, match="there is no level"):
        level_picture(reorder_levels(history, parts), "P7", "XA")


def test_bars_stand_on_their_ground() -> None:
    """A value of the top of the scale reaches the top, 0 none; also where every value is 0."""
    panel = Bars(0, 0, 300, 200, 3, 8.0)
    assert panel.at(0) == panel.ground
    assert panel.at(8.0) == panel.y + 34
    assert np.isfinite(Bars(0, 0, 300, 200, 3, 0.0).at(0.0))


def test_titles_end_where_the_next_panel_begins() -> None:
    """Two languages make long titles, and they stand side by side: 13 points a Chinese character, 7.3 another."""
    drawn = ElementTree.fromstring(level_picture(levels_of(), "P0", "XA"))
    titles = [words for words in drawn.findall(f"{SVG}text") if words.get("font-size") == "13"]
    assert len(titles) == 3
    for words in titles:
        wide = sum(13 if ord(letter) > 0x2E7F else 7.3 for letter in words.text or "")
        room = 960 if float(words.get("y", 0)) < 200 else 470
        assert wide < room, words.text


def test_pieces_are_whole_on_the_scale_and_in_words() -> None:
    """A part that is used one at a time has a scale of 0 and 1, not of fifths; and one piece covers, two cover."""
    levels = levels_of([0.0, 0.0, 0.0, 0.0, 0.0, 1.0] * 6, max_stock_pcs=1)
    assert levels.reorder_point[0] == 0
    drawn = level_picture(levels, "P0", "XA")
    assert "1 piece covers" in drawn
    scale = ElementTree.fromstring(drawn).findall(f"{SVG}text[@text-anchor='end'][@x='40.0']")
    assert [mark.text for mark in scale if float(mark.get("y", 0)) < 200] == ["0", "1"]
    assert "2 pieces cover " in level_picture(levels_of(max_stock_pcs=2), "P0", "XA")


def test_a_level_is_called_by_part_name_and_place(tmp_path: Path) -> None:
    """A planner knows parts by name."""
    levels = reorder_levels(history_of(SERIES), PartMaster.of(["P0"], names="变频板", lead_time_days=30))
    write_level_page(levels, "P0", "XA", tmp_path / "level.html")
    assert "<h1>P0 变频板 XA</h1>" in (tmp_path / "level.html").read_text(encoding="utf-8")
