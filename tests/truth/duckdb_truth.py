"""What DuckDB's SQL says of a column: a second truth beside pandas, by other code.

It knows a data frame's columns whose values are all exact, and the kinds that frames have.
"""

import math
from collections.abc import Mapping
from typing import Any

import duckdb

from pandas_truth import PERCENTS, TOP, show


def disagreements(
    database: duckdb.DuckDBPyConnection, table: str, profiled: Mapping[str, Any]
) -> list[str]:
    """Compare a column of `profile -o json` with the table's; return a line for each difference."""
    column = '"' + profiled["name"].replace('"', '""') + '"'
    got, kind, estimates = profiled["metrics"], profiled["kind"], profiled.get("estimates", {})

    def ask(*expressions: str) -> list[Any]:
        row = database.execute(f'SELECT {", ".join(expressions)} FROM "{table}"').fetchone()
        return list(row or ())

    expected: dict[str, Any] = {
        "count": "count(*)",
        "null_count": f"count(*) - count({column})",
        "null_ratio": f"coalesce((count(*) - count({column})) / nullif(count(*), 0), 0)",
        "distinct_count": f"count(DISTINCT {column})",
        "approx_distinct_count": f"count(DISTINCT {column})",
        "unique_ratio": f"coalesce(count(DISTINCT {column}) / nullif(count(*), 0), 0)",
        "min": f"min({column})",
        "max": f"max({column})",
    }
    if kind in {"integer", "float"}:
        expected |= {
            "mean": f"avg({column})",
            "stddev": f"stddev_samp({column}::DOUBLE)",
            "zero_count": f"count(*) FILTER ({column} = 0)",
            "negative_count": f"count(*) FILTER ({column} < 0)",
        }
    if kind == "text":
        expected |= {
            "min_length": f"min(length({column}))",
            "max_length": f"max(length({column}))",
            "avg_length": f"avg(length({column}))",
            "empty_count": f"count(*) FILTER ({column} = '')",
        }
    problems = []
    for name, want in zip(expected, ask(*expected.values()), strict=True):
        if name not in estimates and not same(got[name], want):
            problems.append(f"{name}: {got[name]!r}, not {want!r}")
    if "top_values" not in estimates:
        counted = database.execute(
            f'SELECT {column}, count(*) FROM "{table}" WHERE {column} IS NOT NULL GROUP BY 1'
        ).fetchall()
        counts = {show(value): n for value, n in counted}
        most = sorted(counts.values(), reverse=True)[:TOP]
        listed = [entry["count"] for entry in got["top_values"]]
        if listed != most or any(counts[e["value"]] != e["count"] for e in got["top_values"]):
            problems.append(f"top_values: {got['top_values']}, not {most}")
    if kind in {"integer", "float", "timestamp"}:
        if "quantiles" not in estimates:
            problems += wrong_quantiles(ask, column, got["quantiles"])
        if "histogram" not in estimates:
            number = f"epoch({column}::TIMESTAMP)" if kind == "timestamp" else column
            problems += wrong_bins(ask, number, got["histogram"])
    return [f"{profiled['name']}: {p}" for p in problems]


def wrong_quantiles(ask: Any, column: str, got: Mapping[str, Any] | None) -> list[str]:
    [n] = ask(f"count({column})")
    if got is None:
        return [] if n == 0 else ["quantiles: none"]
    ordered = f"list({column} ORDER BY {column}) FILTER ({column} IS NOT NULL)"
    ranks = [max(-(-n * p // 100), 1) for p in PERCENTS]
    [wanted] = ask(f"list_transform({ranks}, lambda rank: ({ordered})[rank])")
    return [
        f"quantiles: p{p:02d} is {got[f'p{p:02d}']}, not {want}"
        for p, want in zip(PERCENTS, wanted, strict=True)
        if not same(got[f"p{p:02d}"], want)
    ]


def wrong_bins(ask: Any, number: str, got: list[Any] | None) -> list[str]:
    if got is None:
        return [] if ask(f"count({number})") == [0] else ["histogram: none"]
    bins = [
        f"count(*) FILTER ({number} >= {b['bin_start']!r}::DOUBLE AND "
        f"{number} {'<=' if b is got[-1] else '<'} {b['bin_end']!r}::DOUBLE)"
        for b in got
    ]
    return [
        f"histogram: {b} holds {want}"
        for b, want in zip(got, ask(*bins), strict=True)
        if b["count"] != want
    ]


def same(got: Any, want: Any) -> bool:
    if want is None:
        return got is None
    if isinstance(want, float) and isinstance(got, int | float):
        return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12)
    return bool(got == show(want))
