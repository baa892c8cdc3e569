"""Every type of PostgreSQL: what is measured agrees with pandas, reading what the server prints.

Times that Python's types cannot hold are placed by the server's own extract(epoch).
"""

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from pandas_truth import Column, Moment, disagreements
from warehouses import Postgres

pytest_plugins = ["databases"]
pytestmark = pytest.mark.usefixtures("mode")

# Type → kind, the i-th value, and values at the type's limits or of a form of their own.
TYPES: dict[str, tuple[str, str, list[str]]] = {
    "smallint": ("integer", "i % 100 - 50", ["-32768", "32767"]),
    "integer": ("integer", "i * 7919 % 1000", ["-2147483648", "2147483647"]),
    "bigint": (
        "integer",
        "9007199254740991 + i % 5",
        ["-9223372036854775808", "9223372036854775807"],
    ),
    "oid": ("integer", "(i % 9)::text::oid", ["4294967295"]),
    "real": ("float", "i / 10.0", ["'NaN'", "'Infinity'", "'-0'", "1e-45", "3.4028235e38"]),
    "double precision": (
        "float",
        "sqrt(i)",
        ["'NaN'", "'NaN'", "'-Infinity'", "'-0'", "5e-324", "'1.7976931348623157e308'"],
    ),
    "numeric": (
        "decimal",
        "i % 20 / 8.0",
        ["'NaN'", "'-Infinity'", "'Infinity'", "123456789012345678901234567890.000100", "-0.0"],
    ),
    "numeric(30,10)": ("decimal", "i * 1e15 + i / 1e10", ["-99999999999999999999.9999999999"]),
    "numeric(5,-3)": ("decimal", "i * 1234", ["-99999499"]),
    "numeric(2,4)": ("decimal", "i % 90 / 1e4", ["'NaN'"]),
    "money": ("text", "(i * 25 % 999)::numeric::money / 100", ["'-92233720368547758.08'"]),
    "text": ("text", "chr(65 + i % 26) || i % 3", ["''", "E'two\\nlines'", "'żółć 𝄞'"]),
    "varchar(12)": ("text", "'v' || i % 7", ["'ü'"]),
    "char(4)": ("text", "'c' || i % 7", ["''", "'żółć'"]),
    '"char"': ("text", "chr(97 + i % 4)", ["''"]),
    "name": ("text", "'n' || i % 7", ["'pg_class'"]),
    "citext": ("text", "CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'A' ELSE 'ß' END", []),
    "bytea": ("bytes", "decode(lpad(to_hex(i % 300), 4, '0'), 'hex')", ["''", r"'\xff00'"]),
    "boolean": ("boolean", "i % 3 = 0", []),
    "date": (
        "date",
        "date '2024-02-29' + i % 40",
        ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'0001-01-01'", "'5874897-12-31'"],
    ),
    "time": ("time", "time '00:00' + i % 90 * interval '0.5 s'", ["'24:00'", "'23:59:59.999999'"]),
    "timetz": (
        "time",
        "(time '12:00' + i % 90 * interval '1 min')::text::timetz",
        ["'00:30+15:59:59'", "'23:00-03:30'", "'08:00+00'", "'10:00+02'", "'24:00+00'"],
    ),
    "timestamp": (
        "timestamp",
        "timestamp '1999-12-31 23:59:59.5' + i % 90 * interval '0.25 s'",
        ["'infinity'", "'4713-01-01 00:00:00 BC'", "'10000-01-01'", "'1969-12-31 23:59:59.999999'"],
    ),
    "timestamptz": (
        "timestamp",
        "timestamptz '2024-03-31 00:59:30+00' + i * interval '1 s'",
        ["'-infinity'", "'0044-03-15 12:00:00+02 BC'", "'2024-02-29 13:14:15.000001-11:30'"],
    ),
    "interval": (
        "text",
        "i % 9 * interval '1 mon 2 days -3 h'",
        ["'30 days'", "'1 mon'", "'-00:00:00.000001'", "'0'"],
    ),
    "uuid": ("uuid", "md5((i % 30)::text)::uuid", ["'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'"]),
    "json": ("json", "json_build_object('n', i % 4)", ["'[1,  2]'", "'\"ü\"'", "'null'"]),
    "jsonb": ("json", "jsonb_build_object('n', i % 4)", ["'[1,  2]'", "'\"ü\"'", "'null'"]),
    "integer[]": ("text", "ARRAY[i % 3, NULL]", ["'{}'", "'{{1},{2}}'"]),
    "text[]": ("text", "ARRAY['a b', i % 3 || '\"']", ["'{}'"]),
    "timestamptz[]": (
        "text",
        "ARRAY[timestamptz '2024-02-29 12:00+02' + i % 3 * interval '1 h']",
        [],
    ),
    "bytea[]": ("text", r"ARRAY[decode('0' || i % 3, 'hex')]", []),
    "mood": ("text", "CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'happy' END::mood", ["'Ok \"so\"'"]),
    "pair": ("text", "ROW(i % 3, 'x y')::pair", ["'(,)'"]),
    "small": ("integer", "i % 90 + 1", []),
    "price": ("text", "(i % 7)::money", []),
    "moods": ("text", "ARRAY['sad'::mood]", ["'{happy,NULL}'"]),
    "int4range": ("text", "int4range(i % 3, 5)", ["'empty'", "'(,)'"]),
    "daterange": ("text", "daterange('2024-01-01', date '2024-02-01' + i % 3)", []),
    "int4multirange": ("text", "int4multirange(int4range(i % 3, 5), int4range(7, 9))", ["'{}'"]),
    "inet": ("text", "inet '10.0.0.1' + i % 6", ["'10.0.0.0/8'", "'::1'"]),
    "cidr": ("text", "(i % 4 || '.0.0.0/8')::cidr", ["'2001:db8::/32'"]),
    "macaddr": ("text", "('08:00:2b:01:02:0' || i % 4)::macaddr", []),
    "macaddr8": ("text", "('08:00:2b:01:02:03:04:0' || i % 4)::macaddr8", []),
    "bit(4)": ("text", "(i % 16)::bit(4)", []),
    "varbit": ("text", "(i % 16)::bit(4)::varbit", ["''", "B'1'"]),
    "xml": ("text", "('<a>' || i % 4 || '</a>')::xml", []),
    "tsvector": ("text", "to_tsvector('simple', 'fat cat ' || i % 4)", ["''"]),
    "tsquery": ("text", "to_tsquery('simple', 'fat & c' || i % 4)", []),
    "pg_lsn": ("text", "'0/0'::pg_lsn + i % 5", ["'FFFFFFFF/FFFFFFFF'"]),
    "point": ("text", "point(i % 3, 0.5)", ["'(NaN,Infinity)'"]),
    "line": ("text", "line(point(0, i % 3), point(1, 5))", []),
    "lseg": ("text", "lseg(point(0, i % 3), point(1, 5))", []),
    "box": ("text", "box(point(0, i % 3), point(1, 5))", []),
    "path": ("text", "('((0,0),(1,' || i % 3 || '))')::path", ["'[(0,0),(1,1)]'"]),
    "polygon": ("text", "('((0,0),(1,' || i % 3 || '))')::polygon", []),
    "circle": ("text", "circle(point(0, 0), i % 3)", []),
    "hstore": ("text", "hstore('a', (i % 4)::text)", ["'\"b c\" => NULL'"]),
    "ltree": ("text", "('top.n' || i % 4)::ltree", ["''"]),
    "cube": ("text", "cube(ARRAY[i % 4, 2.5])", []),
    "xid": ("text", "(i % 4)::text::xid", []),
    "regclass": ("text", "'pg_class'::regclass", ["'pg_type'"]),
}
EXTENSIONS = ("citext", "hstore", "ltree", "cube")


def printed(value: str, kind: str, seconds: Any) -> Any:
    """Turn what the server prints into a value that pandas can reckon with."""
    if kind == "integer":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "decimal":
        return Decimal(value)
    if kind == "boolean":
        return value == "t"
    if kind == "bytes":
        return bytes.fromhex(value.removeprefix("\\x"))
    if kind in {"date", "time", "timestamp"}:
        value = value.removesuffix("+00")
        if value.endswith(" BC"):  # the year before 1 is 0
            year, rest = re.fullmatch(r"(\d+)(-.*) BC", value).groups()  # type: ignore[union-attr]
            value = f"{1 - int(year):05d}{rest.removesuffix('+00')}"
        # The output has either no fraction or six digits of it.
        value = re.sub(r"\.\d+$", lambda m: f"{m[0]:0<7}", value)
        return Moment(float(seconds), value)
    return value


def texts_and_seconds(name: str, sql: str, kind: str) -> tuple[str, str]:
    """Say what to ask the server for: the text, and the place on the scale of histograms."""
    if sql == "timetz":  # the time of day in UTC
        name = f"({name} AT TIME ZONE 'UTC')::time"
    # As the type's own output function says it: a cast to text may be a function of its own.
    text = f"CASE num_nulls({name}) WHEN 0 THEN format('%s', {name}) END"
    if kind in {"date", "time", "timestamp"}:
        return text, f"extract(epoch FROM {name})"
    return text, "NULL"


def available(connection: psycopg.Connection[Any]) -> dict[str, tuple[str, str, list[str]]]:
    """Make the types that are not PostgreSQL's own; leave out those of absent extensions."""
    rows = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
    missing = set(EXTENSIONS) - {name for (name,) in rows}
    for extension in sorted(set(EXTENSIONS) - missing):
        connection.execute(f"CREATE EXTENSION {extension}")
    connection.execute("CREATE TYPE mood AS ENUM ('sad', 'happy', 'Ok \"so\"')")
    connection.execute("CREATE TYPE pair AS (a integer, b text)")
    connection.execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)")
    connection.execute("CREATE DOMAIN small AS positive CHECK (VALUE < 100)")
    connection.execute("CREATE DOMAIN price AS money")
    connection.execute("CREATE DOMAIN moods AS mood[]")
    return {sql: t for sql, t in TYPES.items() if sql not in missing}


def test_every_type_agrees_with_pandas(postgres: Postgres, tmp_path: Path) -> None:
    db = postgres.connection
    types = available(db)
    names = {sql: f"c{i}" for i, sql in enumerate(types)}
    db.execute(f"CREATE TABLE types ({', '.join(f'{names[s]} {s}' for s in types)})")
    values = [f"CASE WHEN i % 11 > 0 THEN {value} END" for _, value, _ in types.values()]
    db.execute(f"INSERT INTO types SELECT {', '.join(values)} FROM generate_series(1, 400) AS i")
    for k in range(max(len(limits) for _, _, limits in types.values())):
        having = {s: limits[k] for s, (_, _, limits) in types.items() if k < len(limits)}
        into = ", ".join(names[s] for s in having)
        db.execute(f"INSERT INTO types ({into}) VALUES ({', '.join(having.values())})")
    profiled = postgres.profile(tmp_path)["types"]
    assert list(profiled) == list(names.values())
    problems = []
    for sql, (kind, _, _) in types.items():
        text, seconds = texts_and_seconds(names[sql], sql, kind)
        rows = db.execute(f"SELECT {text}, {seconds} FROM types".encode()).fetchall()
        read = [None if t is None else printed(t, kind, s) for t, s in rows]
        if sql == "real":
            read = [None if x is None else float(np.float32(x)) for x in read]
        column = Column.of(kind, read)
        problems += [f"{sql}: {p}" for p in disagreements(column, profiled[names[sql]])]
    assert not problems, "\n".join(problems)


def test_the_end_of_postgres_calendar(postgres: Postgres, tmp_path: Path) -> None:
    postgres.connection.execute(
        "CREATE TABLE late AS SELECT timestamp '294276-12-31 23:59:59.999999' AS moment"
    )
    metrics = postgres.profile(tmp_path)["late"]["moment"]["metrics"]
    assert metrics["max"] == "294247-01-10 04:00:54.775806"


def test_tables_of_every_shape(postgres: Postgres, tmp_path: Path) -> None:
    db = postgres.connection
    wide = ", ".join(f"c{i} smallint" for i in range(1600))
    db.execute("CREATE TABLE no_columns ()")
    db.execute("INSERT INTO no_columns SELECT FROM generate_series(1, 3)")
    db.execute("CREATE TABLE no_rows (a integer, b text)")
    db.execute("CREATE TABLE one_row AS SELECT 1.5::numeric AS a")
    db.execute(f"CREATE TABLE wide ({wide})")
    db.execute("INSERT INTO wide (c0, c1599) VALUES (1, 7), (2, NULL)")
    db.execute("CREATE TABLE parted (d date, n integer) PARTITION BY RANGE (d)")
    db.execute("CREATE TABLE part_of_2024 PARTITION OF parted DEFAULT")
    db.execute("INSERT INTO parted VALUES ('2024-01-01', 1), ('2024-01-02', 2)")
    db.execute("CREATE MATERIALIZED VIEW kept AS SELECT n * 2 AS twice FROM parted")
    profiled = postgres.profile(tmp_path)
    assert set(profiled) == {"no_columns", "no_rows", "one_row", "wide", "parted", "kept"}
    assert profiled["no_columns"] == {}
    columns = {
        ("no_rows", "a"): Column.of("integer", []),
        ("no_rows", "b"): Column.of("text", []),
        ("one_row", "a"): Column.of("decimal", [Decimal("1.5")]),
        ("wide", "c0"): Column.of("integer", [1, 2]),
        ("wide", "c1"): Column.of("integer", [None, None]),
        ("wide", "c1599"): Column.of("integer", [7, None]),
        ("parted", "n"): Column.of("integer", [1, 2]),
        ("kept", "twice"): Column.of("integer", [2, 4]),
    }
    problems = [
        p for (t, c), truth in columns.items() for p in disagreements(truth, profiled[t][c])
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("text", ["infinity", "-infinity"])
def test_a_column_of_nothing_but_infinity(postgres: Postgres, tmp_path: Path, text: str) -> None:
    postgres.connection.execute(f"CREATE TABLE ends AS SELECT date '{text}' AS d")
    seconds = math.inf if text == "infinity" else -math.inf
    column = Column.of("date", [Moment(seconds, text)])
    problems = disagreements(column, postgres.profile(tmp_path)["ends"]["d"])
    assert not problems, "\n".join(problems)
