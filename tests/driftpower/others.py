"""How often other tools find the changes of docs/drift.md, at their defaults, on a column alone.

Each tool in an environment of its own, under build/:

    python3 -m venv build/venv-evidently
    build/venv-evidently/bin/pip install 'evidently>=0.7,<0.8' 'pandas<3'
    build/venv-evidently/bin/python tests/driftpower/others.py evidently

and so for `whylogs` (whylogs[viz] and 'pandas<3') and `baselinr` (baselinr==0.9.0 numpy).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Column = list[Any] | np.ndarray
Tool = Callable[[Column, Column], bool]


def with_nulls(values: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    return np.where(random.random(len(values)) < share, np.nan, values)


def categories(n: int, new: float, random: np.random.Generator) -> np.ndarray:
    known = np.array([f"value {i}" for i in range(5)], dtype=object)[random.integers(0, 5, n)]
    return np.where(random.random(n) < new, "new", known)


def changes(n: int, r: np.random.Generator) -> dict[str, Callable[[], tuple[Column, Column]]]:
    def normal(size: int) -> np.ndarray:
        return r.normal(10, 1, size)  # not around 0, where a change in percent means nothing

    found: dict[str, Callable[[], tuple[Column, Column]]] = {}
    for shift in (0, 0.1, 0.25, 0.5, 1):
        name = f"shift of {shift} sd" if shift else "none"
        found[name] = lambda s=shift: (normal(n), normal(n) + s)
    for new in (1, 5, 20):
        found[f"new category of {new} %"] = lambda s=new: (
            categories(n, 0, r),
            categories(n, s / 100, r),
        )
    for nulls in (1, 5):
        found[f"nulls from 0 to {nulls} %"] = lambda s=nulls: (
            normal(n),
            with_nulls(normal(n), s / 100, r),
        )
    found["20 % fewer rows"] = lambda: (normal(n), normal(int(n * 0.8)))
    return found


def evidently() -> Tool:
    import pandas as pd
    from evidently import Report
    from evidently.presets import DataDriftPreset

    def finds(before: Column, now: Column) -> bool:
        report = Report([DataDriftPreset()])
        result = report.run(pd.DataFrame({"c": now}), pd.DataFrame({"c": before}))
        return any(
            m["metric_name"].startswith("DriftedColumnsCount") and m["value"]["count"] > 0
            for m in result.dict()["metrics"]
        )

    return finds


def whylogs() -> Tool:
    import pandas as pd
    import whylogs
    from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

    def finds(before: Column, now: Column) -> bool:
        views = [whylogs.log(pd.DataFrame({"c": c})).profile().view() for c in (before, now)]
        scores = calculate_drift_scores(
            target_view=views[1], reference_view=views[0], with_thresholds=True
        )
        score = scores["c"]
        return score is not None and score["drift_category"] == "DRIFT"

    return finds


def baselinr() -> Tool:
    from baselinr.config.schema import DriftDetectionConfig
    from baselinr.drift.strategies import AbsoluteThresholdStrategy
    from baselinr.drift.type_thresholds import TypeSpecificThresholds

    limits = TypeSpecificThresholds(DriftDetectionConfig().type_specific_thresholds)
    strategy = AbsoluteThresholdStrategy(type_thresholds=limits)

    def measured(values: np.ndarray) -> dict[str, float]:
        """The metrics that it compares, as its profiler measures them."""
        if values.dtype == object:
            distinct = len(set(values.tolist()))
            return {"count": len(values), "null_ratio": 0.0, "unique_ratio": distinct / len(values)}
        kept = values[~np.isnan(values)]
        return {
            "count": len(values),
            "null_ratio": 1 - len(kept) / len(values),
            "unique_ratio": len(np.unique(kept)) / len(values),
            "mean": float(kept.mean()),
            "stddev": float(kept.std(ddof=1)),
            "min": float(kept.min()),
            "max": float(kept.max()),
        }

    def finds(before: Any, now: Any) -> bool:
        kind = "text" if before.dtype == object else "numeric"
        kind = {"text": "categorical"}.get(kind, kind)
        was, found = measured(before), measured(now)
        for metric, value in was.items():
            drift = strategy.calculate_drift(value, found[metric], metric, "c", column_type=kind)
            if drift and drift.drift_detected:
                return True
        return False

    return finds


TOOLS: dict[str, Callable[[], Tool]] = {
    "evidently": evidently,
    "whylogs": whylogs,
    "baselinr": baselinr,
}


def main() -> None:
    finds = TOOLS[sys.argv[1]]()
    tries = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    sizes = [int(n) for n in sys.argv[3:]] or [1_000, 100_000, 1_000_000]
    random = np.random.default_rng(1)
    for name in changes(1, random):
        rates = []
        for n in sizes:
            few = tries if n < 1_000_000 else max(tries // 5, 5)
            found = sum(finds(*changes(n, random)[name]()) for _ in range(few))
            rates.append(f"{found / few:.0%}")
        print(f"| {name} | {' | '.join(rates)} |", flush=True)


if __name__ == "__main__":
    main()
