"""What pandas and NumPy say of a column, and whether a profile says the same.

Nothing here knows how the binary computes: every number comes from the values themselves.
"""

import datetime
import math
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

BINS = 10
TOP = 20
PERCENTS = (1, 5, 25, 50, 75, 95, 99)
INFERRED = {
    "boolean", "integer", "numeric", "date", "email", "url", "uuid", "json", "string",
}  # fmt: skip

# What may be an estimate; everything else is exact, whatever the table's size.
ESTIMATED = {
    "distinct_count", "unique_ratio", "approx_distinct_count", "quantiles", "histogram",
    "top_values",
}  # fmt: skip

NUMERIC = {"integer", "float", "decimal"}
TEMPORAL = {"date", "time", "timestamp"}
EPOCH = pd.Timestamp(0, tz="UTC")


@dataclass(frozen=True, order=True)
class Moment:
    """A point in time, or a time of day, that no type of Python's can hold."""

    seconds: float
    text: str  # as output shows it


@dataclass(frozen=True)
class Column:
    """One column's values: `values` without its nulls, where a NaN is a value.

    `others` are values of another kind, which only a column of dynamic types has.
    """

    kind: str
    values: Any  # a Series
    nulls: int
    others: Any = None

    @classmethod
    def of(cls, kind: str, values: Any, others: Any = ()) -> "Column":
        """Make a column of a list whose None are null and whose NaN are values."""
        present = [v for v in values if v is not None]
        dtype = {"integer": "int64", "float": "float64"}.get(kind, "object")
        return cls(
            kind,
            pd.Series(present, dtype=dtype),
            len(values) - len(present),
            pd.Series(list(others), dtype="object"),
        )

    @property
    def rows(self) -> int:
        return len(self.values) + self.nulls + self.other_count

    @property
    def other_count(self) -> int:
        return 0 if self.others is None else len(self.others)

    @cached_property
    def counts(self) -> dict[Any, int]:
        """How often each value that is not null occurs, of whatever kind, as output shows it."""
        counts: Counter[Any] = Counter()
        for series in (self.values, self.others):
            if series is not None:
                counted = series.value_counts(dropna=False)
                if pd.api.types.is_datetime64_any_dtype(series):
                    texts = counted.index.strftime("%Y-%m-%d %H:%M:%S.%f")
                    values = [text.removesuffix(".000000") for text in texts]
                else:
                    values = [show(value) for value in counted.index.tolist()]
                for value, n in zip(values, counted.tolist(), strict=True):
                    counts[value] += n
        return dict(counts)

    @cached_property
    def ordered(self) -> Any:
        """The values of the column's kind, ascending, without NaN."""
        return self.values[~self.nan].sort_values(ignore_index=True)

    @cached_property
    def numbers(self) -> Any:
        """The same on the scale of histograms: points in time in seconds."""
        return numbers(self.ordered, self.kind)

    @cached_property
    def nan(self) -> Any:
        if self.kind == "float":
            return self.values.isna()
        if self.kind == "decimal":
            return self.values.map(lambda v: v != v).astype(bool)
        return pd.Series(False, index=self.values.index)


def show(value: Any) -> Any:
    """Write a value as the JSON output does."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else special(float(value))
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) <= 2**53 else str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return special(float(value))
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc)
        fraction = f".{value.microsecond:06d}" if value.microsecond else ""
        return value.strftime("%Y-%m-%d %H:%M:%S") + fraction
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    assert isinstance(value, uuid.UUID), type(value)
    return str(value)


def special(x: float) -> str:
    return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"


def number(value: Any, kind: str) -> float:
    """Place a value on the scale of histograms: points in time in seconds."""
    if isinstance(value, Moment):
        return value.seconds
    if kind == "timestamp":
        moment = pd.Timestamp(value)
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        return float((moment - EPOCH).total_seconds())
    if kind == "date":
        return float((pd.Timestamp(value, tz="UTC") - EPOCH).total_seconds())
    if kind == "time":
        return float(pd.Timedelta(str(value)).total_seconds())
    return float(value)


def unshow(value: Any, kind: str) -> float:
    """Read a number of the output."""
    if isinstance(value, str) and kind not in TEMPORAL:
        return float(value)
    return number(value, kind)


def metrics_of(column: Column) -> dict[str, Any]:
    """Compute every metric that a column of this kind has."""
    counts = column.counts
    distinct = len(counts)
    m: dict[str, Any] = {
        "count": column.rows,
        "null_count": column.nulls,
        "null_ratio": column.nulls / column.rows if column.rows else 0,
        "distinct_count": distinct,
        "unique_ratio": distinct / column.rows if column.rows else 0,
        "approx_distinct_count": distinct,
        "top_values": counts,
        "data_type_inferred": INFERRED if counts else {None},
    }
    ordered, kind = column.ordered, column.kind
    if kind not in {"json", "unknown"}:
        m["min"] = show(ordered.iloc[0]) if len(ordered) else None
        m["max"] = show(ordered.iloc[-1]) if len(ordered) else None
    if kind in NUMERIC | TEMPORAL:
        m["quantiles"] = quantiles(ordered)
        m["histogram"] = histogram(column.numbers)
    if kind in NUMERIC:
        x = column.numbers
        with np.errstate(invalid="ignore"):  # of infinities
            m["mean"] = finite_or_shown(x.mean()) if len(x) else None
            m["stddev"] = finite_or_shown(x.std(ddof=1)) if len(x) > 1 else None
        m["zero_count"] = int((x == 0).sum())
        m["negative_count"] = int((x < 0).sum())
    if kind in {"float", "decimal"}:
        m["nan_count"] = int(column.nan.sum())
    if kind in {"text", "bytes", "json"}:
        lengths = column.values.map(len).astype("int64")
        m["min_length"] = int(lengths.min()) if len(lengths) else None
        m["max_length"] = int(lengths.max()) if len(lengths) else None
        m["avg_length"] = float(lengths.mean()) if len(lengths) else None
    if kind in {"text", "bytes"}:
        m["empty_count"] = int((lengths == 0).sum())
    return m


def numbers(values: Any, kind: str) -> Any:
    if kind in {"integer", "float"}:
        return values.astype("float64")
    if kind == "timestamp" and isinstance(values.dtype, pd.StringDtype):
        values = pd.to_datetime(values, utc=True, format="ISO8601")
    if pd.api.types.is_datetime64_any_dtype(values):
        moments = values if values.dt.tz is not None else values.dt.tz_localize("UTC")
        return (moments - EPOCH) / pd.Timedelta(seconds=1)
    return values.map(lambda v: number(v, kind)).astype("float64")


def finite_or_shown(x: Any) -> Any:
    return float(x) if math.isfinite(x) else special(float(x))


def quantiles(ordered: Any) -> dict[str, Any] | None:
    """Take quantiles by nearest rank: the smallest value whose rank is at least that share."""
    n = len(ordered)
    if n == 0:
        return None
    return {
        f"p{p:02d}": show(
            ordered.iloc[max(-(-n * p // 100), 1) - 1]
        )  # in whole numbers: no rounding
        for p in PERCENTS
    }


def histogram(x: Any) -> list[tuple[float, float, int]] | None:
    finite = x[np.isfinite(x)].to_numpy()
    if len(finite) == 0:
        return None
    if finite.min() == finite.max():
        return [(finite[0], finite[0], len(finite))]
    counts, edges = np.histogram(finite, bins=BINS)
    return [(edges[i], edges[i + 1], int(n)) for i, n in enumerate(counts)]


def disagreements(column: Column, profiled: Mapping[str, Any]) -> list[str]:
    """Compare a column of `profile -o json` with the truth; return a line for each difference."""
    truth, got = metrics_of(column), profiled["metrics"]
    estimates: Mapping[str, float] = profiled.get("estimates", {})
    problems = []
    if profiled["kind"] != column.kind:
        problems.append(f"kind: {profiled['kind']}, not {column.kind}")
    if profiled.get("other_kind_count", 0) != column.other_count:
        problems.append(
            f"other_kind_count: {profiled.get('other_kind_count', 0)}, not {column.other_count}"
        )
    if set(got) != set(truth):
        problems.append(f"metrics: {sorted(set(got) ^ set(truth))} too few or too many")
    if set(estimates) - ESTIMATED:
        problems.append(f"estimates: {sorted(set(estimates) - ESTIMATED)} are to be exact")
    scale = 1.0
    if column.kind in NUMERIC:
        finite = column.numbers[np.isfinite(column.numbers)]
        scale = float(finite.abs().max()) if len(finite) else 1.0
    for name in sorted(set(got) & set(truth)):
        problem = disagreement(name, got[name], truth[name], estimates.get(name), column, scale)
        if problem:
            problems.append(f"{name}: {problem}")
    return [f"{profiled['name']}: {p}" for p in problems]


def disagreement(
    name: str, got: Any, want: Any, bound: float | None, column: Column, scale: float
) -> str | None:
    wrong = f"{got!r}, not {want!r}"
    if name == "data_type_inferred":
        return None if got in want else wrong
    if name == "top_values":
        return wrong_top(got, want, bound, column)
    if name == "histogram":
        return wrong_histogram(got, want, bound, len(column.values))
    if name == "quantiles":
        if got is None or want is None or not bound:
            return None if got == want else wrong
        return wrong_ranks(got, column, bound)
    if bound:
        return None if abs(got - want) <= bound * abs(want) else f"{wrong}, within {bound}"
    if name in {"mean", "stddev"} and isinstance(got, int | float) and isinstance(want, float):
        # A mean near zero, or a deviation of zero, is as exact as the numbers that made it.
        return None if math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-15 * scale) else wrong
    if name in {"null_ratio", "unique_ratio", "avg_length"} and None not in (got, want):
        return None if math.isclose(got, want, rel_tol=1e-9) else wrong
    return None if got == want and isinstance(got, bool) == isinstance(want, bool) else wrong


def wrong_top(got: Any, want: Mapping[Any, int], bound: float | None, column: Column) -> str | None:
    counts = [entry["count"] for entry in got]
    if counts != sorted(counts, reverse=True):
        return f"counts are not falling: {counts}"
    if len({repr(entry["value"]) for entry in got}) != len(got):
        return f"a value stands twice: {got}"
    slack = (bound or 0) * column.rows
    for entry in got:
        if abs(entry["count"] - want.get(entry["value"], 0)) > slack:
            return f"{entry}, not {want.get(entry['value'], 0)}, within {slack}"
    most = sorted(want.values(), reverse=True)[:TOP]
    if bound:
        shown = {entry["value"] for entry in got}
        least = min(most) + 2 * slack
        missing = [v for v, n in want.items() if n > least and v not in shown]
        return f"{missing} are missing" if missing else None
    if counts != most:
        return f"counts {counts}, not {most}"
    if column.other_count:
        return None  # between kinds there is no order
    # Equal counts stand by rising value, a NaN last.
    order = {show(v): i for i, v in enumerate(column.ordered.drop_duplicates())}
    ranked = sorted(want, key=lambda v: (-want[v], order.get(v, len(order))))[:TOP]
    shown_order = [entry["value"] for entry in got]
    return None if shown_order == ranked else f"values {shown_order}, not {ranked}"


def wrong_histogram(got: Any, want: Any, bound: float | None, values: int) -> str | None:
    if got is None or want is None:
        return None if got is want else f"{got}, not {want}"
    if len(got) != len(want):
        return f"{len(got)} bins, not {len(want)}"
    if sum(b["count"] for b in got) != sum(n for _, _, n in want):
        return f"counts add up to {sum(b['count'] for b in got)}"
    width = want[-1][1] - want[0][0]
    for b, (start, end, count) in zip(got, want, strict=True):
        near = dict(rel_tol=1e-9, abs_tol=1e-9 * width)
        if not math.isclose(b["bin_start"], start, **near):
            return f"{b} starts elsewhere than {start}"
        if not math.isclose(b["bin_end"], end, **near):
            return f"{b} ends elsewhere than {end}"
        if abs(b["count"] - count) > (bound or 0) * values:
            return f"{b} counts {count}, within {(bound or 0) * values}"
    return None


def wrong_ranks(got: Mapping[str, Any], column: Column, bound: float) -> str | None:
    """Tell which estimated quantile has a rank further than the bound from its own."""
    x = np.sort(column.numbers.to_numpy())
    for percent in PERCENTS:
        value = unshow(got[f"p{percent:02d}"], column.kind)
        # The seconds of a point in time are rounded, here and there perhaps another way.
        below = np.searchsorted(x, np.nextafter(value, -np.inf), "left") / len(x)
        up_to = np.searchsorted(x, np.nextafter(value, np.inf), "right") / len(x)
        if below > percent / 100 + bound or up_to < percent / 100 - bound:
            return f"p{percent:02d} is {value}, whose rank is {below} to {up_to}"
    return None
