"""Pairs of profiles made at random: a baseline of one run or several, and a current run.

They are made here, so sketches have no part in them. A profile is what tests/driftprobe reads.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

Profile = dict[str, Any]
Runs = list[Profile]
Pair = tuple[Runs, Profile]  # the baseline's runs, the newest first, and the current one
NOON = datetime(2024, 6, 7, 12, tzinfo=timezone.utc)


def categories(random: np.random.Generator, earlier: int = 1) -> Pair:
    """Runs that list every value, of which some are rare and some are in one run only."""
    k = int(random.integers(2, 15))
    shares = random.dirichlet(np.full(k, random.choice([0.3, 1, 10])))
    moved = random.dirichlet(shares * random.choice([20, 500, 5000]) + 1e-3)
    runs = []
    for p in [shares] * earlier + [moved]:
        counts = random.multinomial(int(10 ** random.uniform(2, 6)), p)
        listed = sorted((-int(c), f"v{i:02}") for i, c in enumerate(counts) if c)
        top = [{"value": value, "count": -c} for c, value in listed]
        n = int(counts.sum())
        runs.append(
            {"Rows": n, "Kind": "text", "Metrics": {"null_count": 0, "top_values": top}},
        )
    return runs[:-1], runs[-1]


def numbers(random: np.random.Generator, earlier: int = 1) -> Pair:
    """Runs of numbers: known everywhere, with many ties, or at knots a few values apart."""
    shift = random.choice([0, 0.02, 0.2, 1]) * random.normal()
    complete = bool(random.random() < 0.5)
    runs = []
    for mean in [0.0] * earlier + [shift]:
        knots = int(random.integers(5, 60))
        values = np.sort(random.normal(mean, 1, knots))
        if complete:
            values = np.unique(np.round(values, 1))
        counts = random.integers(1, 10 ** int(random.integers(1, 5)), len(values))
        below = np.concatenate([[0], np.cumsum(counts)[:-1]])
        through = below + counts
        if not complete:  # some of the values lie between the knots
            gaps = np.concatenate([[0], random.integers(0, 20, len(values) - 1)])
            below, through = below + np.cumsum(gaps), through + np.cumsum(gaps)
        n = int(through[-1])
        mean_value = float(np.average(values, weights=counts))
        deviation = float(np.sqrt(np.average((values - mean_value) ** 2, weights=counts)))
        runs.append(
            {
                "Rows": n,
                "Kind": "float",
                "Metrics": {"null_count": 0, "mean": mean_value, "stddev": deviation},
                "Distribution": {
                    "values": values.tolist(),
                    "through": through.tolist(),
                    "below": below.tolist(),
                    "complete": complete,
                },
            }
        )
    return runs[:-1], runs[-1]


def nulls(random: np.random.Generator, earlier: int = 1) -> Pair:
    runs = []
    share = 10 ** random.uniform(-5, 0)
    for _ in range(earlier + 1):
        n = int(10 ** random.uniform(2, 6))
        k = random.binomial(n, min(share * random.choice([1, 1, 1.5]), 1))
        runs.append({"Rows": n, "Kind": "text", "Metrics": {"null_count": int(k)}})
    return runs[:-1], runs[-1]


def sampled(random: np.random.Generator) -> Pair:
    """Runs that read a part of the rows, whose counts are those of the whole table."""
    runs, now = nulls(random)
    for run in (*runs, now):
        read, times = run["Rows"], int(random.integers(1, 50))
        run["Metrics"]["null_count"] *= times
        run["Rows"], run["Read"] = read * times, read
    return runs, now


def rows(random: np.random.Generator) -> Pair:
    n = int(10 ** random.uniform(1, 7))
    m = random.poisson(n * random.choice([1, 1, 1.1]))
    before, now = ({"Rows": int(x), "Kind": "text", "Metrics": {"null_count": 0}} for x in (n, m))
    return [before], now


def late(random: np.random.Generator) -> Pair:
    """Runs about a day apart, of a table whose newest value is some hours old, now some more."""
    runs = []
    for days in range(int(random.integers(4, 12))):
        at = NOON - timedelta(days=days, minutes=int(random.integers(0, 60)))
        newest = at - timedelta(
            minutes=int(random.integers(1, 600) if days else 60_000 * random.random())
        )
        metrics = {"null_count": 0, "max": newest.strftime("%Y-%m-%d %H:%M:%S")}
        runs.append({"Rows": 10, "Kind": "timestamp", "At": at.isoformat(), "Metrics": metrics})
    return runs[1:], runs[0]


def means(random: np.random.Generator) -> Pair:
    """Runs a day apart of a column of which the mean alone is known."""
    centre, spread = random.normal() * 10, 10 ** random.uniform(-3, 3)
    values = centre + spread * random.normal(size=int(random.integers(5, 40)))
    values[0] += spread * random.choice([0, 3, 30, 1e4]) * random.normal()
    runs = [
        {
            "Rows": 10,
            "Kind": "float",
            "At": (NOON - timedelta(days=days)).isoformat(),
            "Metrics": {"mean": float(x)},
        }
        for days, x in enumerate(values)
    ]
    return runs[1:], runs[0]
