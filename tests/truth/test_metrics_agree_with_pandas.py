"""Every metric of every column agrees with pandas and DuckDB, on each engine, by either mode."""

import datetime
import json
import math
import random
import uuid
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from frames import assert_agrees, column_of
from pandas_truth import Column, disagreements
from warehouses import TABLES, Postgres, Profiles, SQLite, nycflights

pytest_plugins = ["databases"]
pytestmark = pytest.mark.usefixtures("mode")


@pytest.fixture(scope="module")
def sqlite_nycflights(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Profiles:
    file = SQLite(tmp_path_factory.mktemp("sqlite"))
    file.copy({name: nycflights(name, times=False) for name in TABLES})
    return file.profile()


@pytest.fixture(scope="module")
def postgres_nycflights(
    module_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Profiles:
    module_postgres.copy({name: nycflights(name, times=True) for name in TABLES})
    return module_postgres.profile(tmp_path_factory.mktemp("postgres"))


@pytest.mark.parametrize("table", TABLES)
def test_nycflights_on_sqlite(table: str, sqlite_nycflights: Profiles) -> None:
    assert_agrees(nycflights(table, times=False), sqlite_nycflights[table])


@pytest.mark.parametrize("table", TABLES)
def test_nycflights_on_postgres(table: str, postgres_nycflights: Profiles) -> None:
    assert_agrees(nycflights(table, times=True), postgres_nycflights[table])


def test_the_comparison_notices_every_metric(sqlite_nycflights: Profiles) -> None:
    def others(value: Any) -> list[Any]:
        match value:
            case bool():
                return [not value]
            case int():
                return [value + 1, None]
            case float():
                return [value * (1 + 1e-7), None]
            case str():
                return [value + "x", None]
            case {"p50": _}:
                return [{**value, name: others(value[name])[0]} for name in value]
            case [*items]:
                first = items[0]
                changed = [{**first, key: others(first[key])[0]} for key in first]
                return [items[1:], *([c, *items[1:]] for c in changed)]
        return [0]

    frame = nycflights("airports", times=False)
    for name, profiled in sqlite_nycflights["airports"].items():
        for metric, value in profiled["metrics"].items():
            for other in others(value):
                if metric in {"mean", "stddev"} and value == 0:
                    continue
                tampered = {**profiled, "metrics": {**profiled["metrics"], metric: other}}
                assert disagreements(column_of(frame[name]), tampered), (name, metric, other)


def generated(rows: int = 1000) -> dict[str, tuple[str, str, list[Any]]]:
    """Make columns of every kind: name → type in PostgreSQL, kind, values; None is null."""
    r = random.Random(13)
    noon = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_000)
    texts = ["", "a", "Ä", "日本語", "𝄞 clef", "e\u0301", "a b\tc", 'quo"te', "<&>", " ", "naïve"]

    def often_null(make: Any) -> list[Any]:
        return [None if r.random() < 0.1 else make() for _ in range(rows)]

    def moment() -> datetime.datetime:
        return noon + datetime.timedelta(seconds=r.randrange(-(10**9), 10**9), microseconds=7)

    return {
        "whole": ("bigint", "integer", often_null(lambda: r.randrange(-50, 50))),
        "small": ("smallint", "integer", often_null(lambda: r.randrange(-(2**15), 2**15))),
        "wide": ("bigint", "integer", often_null(lambda: r.randrange(2**53, 2**63 - 1))),
        "widest": ("bigint", "integer", often_null(lambda: r.choice([-(2**63), 0, 2**63 - 1]))),
        "constant": ("integer", "integer", [7] * rows),
        "single": ("integer", "integer", [5] + [None] * (rows - 1)),
        "real_number": ("double precision", "float", often_null(lambda: r.gauss(0, 1))),
        "offset_number": ("double precision", "float", often_null(lambda: 1e9 + r.random())),
        "tiny": ("double precision", "float", often_null(lambda: r.gauss(0, 1) * 1e-300)),
        "huge": ("double precision", "float", often_null(lambda: r.choice([-1e150, 3e150]))),
        "signed_zero": ("double precision", "float", [0.0, -0.0, 1.0, None] * (rows // 4)),
        "not_a_number": (
            "double precision",
            "float",
            often_null(lambda: r.choice([math.nan, r.gauss(5, 2), 0.0])),
        ),
        "infinite": (
            "double precision",
            "float",
            often_null(lambda: r.choice([math.inf, r.gauss(5, 2)])),
        ),
        "both_infinite": (
            "double precision",
            "float",
            often_null(lambda: r.choice([math.inf, -math.inf, math.nan, r.gauss(5, 2)])),
        ),
        "only_nan": ("double precision", "float", [math.nan] * rows),
        "only_infinite": ("double precision", "float", [math.inf] * rows),
        "money": (
            "numeric(20,4)",
            "decimal",
            often_null(lambda: Decimal(r.randrange(-(10**6), 10**9)).scaleb(-4)),
        ),
        "wide_money": (
            "numeric(20,4)",
            "decimal",
            often_null(lambda: Decimal(r.randrange(-(10**20) + 1, 10**20)).scaleb(-4)),
        ),
        "odd_money": (
            "numeric(20,4)",
            "decimal",
            [*often_null(lambda: Decimal(r.randrange(0, 30)).scaleb(-1))[:-1], Decimal("NaN")],
        ),
        "words": ("text", "text", often_null(lambda: r.choice(texts) * r.randrange(3))),
        "code": ("varchar(40)", "text", often_null(lambda: f"{r.randrange(10**6):06d}")),
        "truth": ("boolean", "boolean", often_null(lambda: r.random() < 0.3)),
        "day": ("date", "date", often_null(lambda: moment().date())),
        "hour": ("time", "time", often_null(lambda: moment().time())),
        "moment": ("timestamp", "timestamp", often_null(moment)),
        "instant": (
            "timestamptz",
            "timestamp",
            often_null(lambda: moment().replace(tzinfo=datetime.timezone.utc)),
        ),
        "raw": (
            "bytea",
            "bytes",
            often_null(lambda: bytes(r.randrange(256) for _ in range(r.randrange(4)))),
        ),
        "document": (
            "json",
            "json",
            often_null(lambda: json.dumps({"n": r.randrange(9), "é": "ü"}, ensure_ascii=False)),
        ),
        "key": ("uuid", "uuid", often_null(lambda: uuid.UUID(int=r.getrandbits(128)))),
        "nothing": ("integer", "integer", [None] * rows),
        "no_text": ("text", "text", [None] * rows),
        "no_moment": ("timestamp", "timestamp", [None] * rows),
        "no_document": ("json", "json", [None] * rows),
    }


def test_every_kind_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    columns = generated()
    declared = ", ".join(f"{name} {sql}" for name, (sql, _, _) in columns.items())
    postgres.connection.execute(f"CREATE TABLE kinds ({declared})")
    with (
        postgres.connection.cursor() as cursor,
        cursor.copy("COPY kinds FROM STDIN") as copy,
    ):
        for row in zip(*(values for _, _, values in columns.values()), strict=True):
            copy.write_row(row)
    profiled = postgres.profile(tmp_path)["kinds"]
    assert list(profiled) == list(columns)
    problems = [
        problem
        for name, (_, kind, values) in columns.items()
        for problem in disagreements(Column.of(kind, values), profiled[name])
    ]
    assert not problems, "\n".join(problems)


def test_a_table_without_rows(postgres: Postgres, tmp_path: Path) -> None:
    columns = generated(rows=0)
    columns = {n: c for n, c in columns.items() if n not in {"single", "odd_money"}}
    declared = ", ".join(f"{name} {sql}" for name, (sql, _, _) in columns.items())
    postgres.connection.execute(f"CREATE TABLE empty ({declared})")
    profiled = postgres.profile(tmp_path)["empty"]
    problems = [
        problem
        for name, (_, kind, _) in columns.items()
        for problem in disagreements(Column.of(kind, []), profiled[name])
    ]
    assert not problems, "\n".join(problems)


def test_values_decide_a_columns_kind_on_sqlite(sqlite: SQLite) -> None:
    r = random.Random(13)
    numbers = [r.randrange(-20, 20) for _ in range(300)] + [r.gauss(0, 5) for _ in range(200)]
    numbers += [1, 1.0, 0, 0.0]
    words = [r.choice(["", "n/a", "ünknown"]) for _ in range(90)]
    blobs = [bytes([r.randrange(4)]) for _ in range(40)]
    moments = [f"2024-0{r.randrange(1, 9)}-1{r.randrange(9)} 08:15:00" for _ in range(300)]
    columns = {
        "mostly_numbers": ("", Column.of("float", [*numbers, None, None], [*words, *blobs])),
        "mostly_text": ("INTEGER", Column.of("text", ["x", "y", "zz"] * 100, [3, 4, 4, b"\0"])),
        "mostly_whole": ("TEXT COLLATE NOCASE", Column.of("text", ["a", "A"] * 20 + [None])),
        "mostly_bytes": ("BLOB", Column.of("bytes", [*blobs, b""], ["text", 5])),
        "flags": ("BOOLEAN", Column.of("boolean", [True, False, True, None])),
        "moments": ("TIMESTAMP", Column.of("timestamp", moments)),
        "not_all_moments": ("TIMESTAMP", Column.of("text", [*moments, "soon"])),
        "no_values": ("REAL", Column.of("float", [None] * 5)),
    }
    problems = []
    with closing(sqlite.connect()) as connection, connection:
        for name, (declared, column) in columns.items():
            connection.execute(f"CREATE TABLE {name} (it {declared})")
            values = [*column.values, *column.others, *[None] * column.nulls]
            values = [v.item() if isinstance(v, np.generic) else v for v in values]
            r.shuffle(values)
            connection.executemany(f"INSERT INTO {name} VALUES (?)", [(v,) for v in values])
    profiled = sqlite.profile()
    for name, (_, column) in columns.items():
        problems += [f"{name}.{p}" for p in disagreements(column, profiled[name]["it"])]
    assert not problems, "\n".join(problems)
