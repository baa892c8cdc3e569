"""Where a column has too many distinct values to count, estimates are within their bounds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from frames import assert_agrees
from warehouses import Postgres, SQLite

pytest_plugins = ["databases"]

NUMBERS = {
    "whole", "skewed", "offset", "unbounded", "identifiers", "sentinel", "negative_tail",
    "small_and_large",
}  # fmt: skip
MOMENTS = {"moment", "instant_of_one_day"}


def many(distinct: int = 240_000) -> Any:
    """Make a frame whose columns each have more distinct values than are counted one by one.

    One in five rows holds one of three values, so that some values are truly frequent.
    """
    r = np.random.default_rng(13)
    order = r.permutation(distinct)
    frequent = r.choice(3, size=distinct // 4)
    keys = np.concatenate([order, frequent])

    def with_frequent(values: Any) -> Any:
        """Take a value for each key; the first three are the frequent ones."""
        return values[keys]

    tail = r.pareto(1.1, distinct)
    sentinel = r.lognormal(3, 1, distinct)
    sentinel[-1] = 999_999_999.0
    seconds = pd.Timestamp("2024-02-29").value // 1000 + r.integers(0, 3 * 10**14, distinct)
    within_a_day = (
        pd.Timestamp("2024-02-29").value // 1000 + r.permutation(86_400 * 10)[:distinct] * 100_000
    )
    return pd.DataFrame(
        {
            "whole": keys * 7 - 1_000_000,
            "words": [f"user-{key:07d}@example.com" for key in keys],
            "skewed": with_frequent(r.lognormal(3, 2, distinct) - 5),
            "offset": 1e6 + r.random(len(keys)),
            "unbounded": np.where(
                keys % 10 == 0, np.inf, np.where(keys % 20 == 1, -np.inf, keys / 7)
            ),
            # As Twitter's snowflakes: a time, far from zero, over a few random bits.
            "identifiers": with_frequent(
                (1_700_000_000_000 + np.sort(r.integers(0, 10**8, distinct)) << 22)
                + r.integers(0, 2**22, distinct)
            ),
            "sentinel": with_frequent(sentinel),
            "negative_tail": with_frequent(-tail * 1e6),
            "small_and_large": with_frequent(
                np.exp(r.uniform(-300, 300, distinct)) * r.choice([-1, 1], distinct)
            ),
            "moment": pd.to_datetime(with_frequent(seconds), unit="us"),
            "instant_of_one_day": pd.to_datetime(with_frequent(within_a_day), unit="us"),
        }
    )


def assert_sketched(frame: Any, profiled: Mapping[str, Any]) -> None:
    for name, column in profiled.items():
        bounds = column["estimates"]
        assert {"distinct_count", "unique_ratio", "top_values"} <= set(bounds), name
        assert bounds["distinct_count"] <= 0.03, name
        assert bounds["top_values"] <= 0.01, name
        if name in NUMBERS | MOMENTS:
            assert bounds["quantiles"] <= 0.01, name
            assert bounds.get("histogram", 0) <= 1, name
    assert profiled["offset"]["metrics"]["top_values"] == [], (
        "no value is more frequent than another"
    )
    assert_agrees(frame, profiled, dict.fromkeys(MOMENTS, "timestamp"))


def test_estimates_keep_their_word_on_sqlite(sqlite: SQLite) -> None:
    frame = many()
    for name in MOMENTS:
        frame[name] = frame[name].dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    declared = dict.fromkeys(MOMENTS, "TIMESTAMP")
    sqlite.copy({"many": frame}, declared)
    assert_sketched(frame, sqlite.profile()["many"])


def test_estimates_keep_their_word_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    frame = many()
    postgres.copy({"many": frame})
    assert_sketched(frame, postgres.profile(tmp_path)["many"])
