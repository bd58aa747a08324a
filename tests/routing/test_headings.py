"""The columns of dispatch: complete, told in words, with examples that work, known by Chinese names."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from fieldops.columns import Column
from fieldops.routing.headings import OPTIONAL, declared
from fieldops.routing.intake import problem_of, read_dispatch
from fieldops.routing.rules import RULES
from tests.nightly.make import DATE

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = [f"{column.table}.{column.name}" for column in declared()]


def test_every_column_is_declared_once() -> None:
    """Two declarations of a column would be two truths."""
    assert len(NAMES) == len(set(NAMES))
    assert {column.table for column in declared()} == {"jobs", "technicians", *OPTIONAL}


@pytest.mark.parametrize("column", declared(), ids=NAMES)
def test_a_column_says_what_it_is_and_its_example_reads(column: Column) -> None:
    """The help of a column stands in the manual, its example in a fault: both must be there and hold."""
    assert column.help
    if hasattr(column.kind, "example"):
        column.kind(column.kind.example, ZONE)


@pytest.mark.parametrize("table", ["jobs", "technicians", *OPTIONAL])
def test_no_alias_means_two_columns_of_a_table(table: str) -> None:
    """A heading that could mean two columns would be read as one of them by chance."""
    spellings = [word for c in declared() if c.table == table for word in (c.name, *c.aliases)]
    assert len(spellings) == len(set(spellings))


def test_columns_are_those_of_the_rules_given() -> None:
    """A rule that is left out takes its columns along: nothing is read that nobody asked for."""
    fewer = declared([rule for rule in RULES if rule.name != "skills"])
    assert {f"{c.table}.{c.name}" for c in declared()} - {f"{c.table}.{c.name}" for c in fewer} == {
        "jobs.skills", "technicians.skills",
    }  # fmt: skip


def test_chinese_headings_are_known() -> None:
    """An export with the usual Chinese headings needs no mapping."""
    jobs = pd.DataFrame(
        [["W1", 34.23, 108.94, 45, "空调:1", "待派", "紧急", f"{DATE} 09:00/{DATE} 12:00", "高新区 1 号"]],
        columns=["工单号", "纬度", "经度", "服务分钟", "所需技能", "状态", "优先级", "预约时间", "地址"],
    )
    people = pd.DataFrame(
        [["007", "张伟", 34.2, 108.9, "空调:2", "08:00", "17:00"]],
        columns=["工号", "姓名", "纬度", "经度", "技能", "上班时间", "下班时间"],
    )
    one = problem_of(read_dispatch({"jobs": jobs, "technicians": people}, dates=[DATE]), dates=[DATE]).problem
    assert one.job["W1"].values["priority"] == 1
    assert one.job["W1"].values["skills"] == (("空调", 1),)
    assert one.technician["007"].name == "张伟"
