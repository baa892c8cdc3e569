"""Data frames held against their profiles."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

import duckdb_truth
import pandas_truth
from pandas_truth import Column

Frames = Mapping[str, Any]


def column_of(series: Any, kind: str | None = None) -> Column:
    """Make a column of a frame's, where NaN stands for null; without a kind, its type says it."""
    if kind is not None:
        pass
    elif pd.api.types.is_datetime64_any_dtype(series):
        kind = "timestamp"
    elif pd.api.types.is_integer_dtype(series):
        kind = "integer"
    elif pd.api.types.is_float_dtype(series):
        kind = "float"
    else:
        kind = "text"
    values = series.dropna()
    return Column(kind, values, len(series) - len(values))


def assert_agrees(
    frame: Any, profiled: Mapping[str, Any], kinds: Mapping[str, str] | None = None
) -> None:
    """Hold each column of a table against pandas and DuckDB; `kinds` are what types cannot say."""
    assert list(profiled) == list(frame.columns)
    database = duckdb.connect()
    database.register("frame", frame)
    problems = []
    for name in frame:
        column = column_of(frame[name], (kinds or {}).get(name))
        problems += [f"pandas: {p}" for p in pandas_truth.disagreements(column, profiled[name])]
        problems += [
            f"DuckDB: {p}" for p in duckdb_truth.disagreements(database, "frame", profiled[name])
        ]
    assert not problems, "\n".join(problems)
