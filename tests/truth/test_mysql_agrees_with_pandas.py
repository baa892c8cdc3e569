"""Every metric of every column agrees with pandas and DuckDB, on MariaDB, by either mode."""

import math
import random
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from frames import assert_agrees
from pandas_truth import Column, disagreements
from test_metrics_agree_with_pandas import generated
from warehouses import TABLES, MySQL, Profiles, nycflights

pytest_plugins = ["databases"]
pytestmark = pytest.mark.usefixtures("mode")

# Types of PostgreSQL as MariaDB has them. MySQL knows neither NaN nor infinities.
TYPES = {
    "double precision": "double",
    "integer": "int",
    "numeric(20,4)": "decimal(20,4)",
    "text": "longtext",
    "boolean": "bit(1)",
    "time": "time(6)",
    "timestamp": "datetime(6)",
    "bytea": "blob",
}
ABSENT = {"not_a_number", "infinite", "both_infinite", "only_nan", "only_infinite", "odd_money"}
ABSENT |= {"instant", "key", "document", "no_document"}  # made below, or of other forms


@pytest.fixture(scope="module")
def mysql_nycflights(module_mysql: MySQL, tmp_path_factory: pytest.TempPathFactory) -> Profiles:
    folder = tmp_path_factory.mktemp("mysql")
    module_mysql.copy(folder, {name: nycflights(name, times=True) for name in TABLES})
    return module_mysql.profile(folder)


@pytest.mark.parametrize("table", TABLES)
def test_nycflights_on_mysql(table: str, mysql_nycflights: Profiles) -> None:
    assert_agrees(nycflights(table, times=True), mysql_nycflights[table])


def literal(value: Any) -> str:
    """Write a value as MariaDB reads it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int() | Decimal():
            return str(value)
        case float():
            assert math.isfinite(value)
            return f"{value!r}e0" if "e" not in repr(value) else repr(value)
        case bytes():
            return f"x'{value.hex()}'"
    escaped = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def test_every_kind_on_mysql(mysql: MySQL, tmp_path: Path) -> None:
    r = random.Random(17)
    columns = {name: c for name, c in generated().items() if name not in ABSENT}
    rows = len(columns["whole"][2])
    unsigned = [r.choice([None, 0, r.getrandbits(64), 2**64 - 1]) for _ in range(rows)]
    keys = [r.choice([None, uuid.UUID(int=r.getrandbits(128), version=4)]) for _ in range(rows)]
    documents = [r.choice([None, '{"n": 1}', '["é"]', "3"]) for _ in range(rows)]
    columns["unsigned"] = (
        "bigint unsigned",
        "decimal",
        [None if v is None else Decimal(v) for v in unsigned],
    )
    columns["single_precision"] = (
        "float",
        "float",
        [r.choice([None, 0.5, -0.25, 16777216.0, 0.10000000149011612]) for _ in range(rows)],
    )
    columns["uuid_key"] = ("uuid", "uuid", keys)
    columns["json_text"] = ("json", "json", documents)
    columns["mood"] = ("enum('sad','happy')", "text", [r.choice(["sad", "happy"])] * rows)
    declared = ", ".join(f"`{n}` {TYPES.get(sql, sql)}" for n, (sql, _, _) in columns.items())
    values = zip(*(values for _, _, values in columns.values()), strict=True)
    mysql.execute(
        f"CREATE TABLE kinds ({declared})",
        *("INSERT INTO kinds VALUES (" + ", ".join(map(literal, row)) + ")" for row in values),
    )
    profiled = mysql.profile(tmp_path)["kinds"]
    assert list(profiled) == list(columns)
    problems = [
        f"{name}: {problem}"
        for name, (_, kind, values) in columns.items()
        for problem in disagreements(Column.of(kind, values), profiled[name])
    ]
    assert not problems, "\n".join(problems)
