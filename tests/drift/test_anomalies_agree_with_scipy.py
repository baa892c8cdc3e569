"""What is learned of series, and every method that finds anomalies, against numpy and scipy."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
from scipy import stats

from probes import Ask, built

SERIES = 3_000
Answer = dict[str, Any]
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@pytest.fixture(scope="session")
def probe() -> Ask:
    return built("anomalyprobe")


def some_series(seed: int, least: int = 6, most: int = 60) -> list[Numbers]:
    """Series, some with weekdays, some with a trend, some with a last value far from the rest."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(SERIES):
        n = int(random.integers(least, most))
        level = random.choice([0, 1, -50, 1e6])
        spread = 10 ** random.uniform(-3, 2) * max(1, abs(level) / 1e3)
        values = level + spread * random.standard_normal(n)
        values += spread * random.choice([0, 0, 0.1]) * np.arange(n)
        values += spread * random.choice([0, 0, 3]) * np.isin(np.arange(n) % 7, [5, 6])
        values[-1] += spread * random.choice([0, 0, 4, -9])
        made.append(values)
    return made


def close(ours: float, theirs: float, scale: float = 0.0) -> None:
    """Equal to 1e-9, or, of a difference of large numbers, to what their digits carry."""
    assert abs(ours - theirs) <= 1e-9 * max(abs(theirs), 1e-3 * scale)


def test_what_is_learned_is_what_numpy_and_statistics_say(probe: Any) -> None:
    series = some_series(1)
    for values, told in zip(series, probe([{"Values": v.tolist()} for v in series]), strict=True):
        before, e = values[:-1], told["expectation"]
        scale = float(np.max(np.abs(before)))
        close(e["Mean"], statistics.mean(before.tolist()), scale)
        close(e["StdDev"], statistics.stdev(before.tolist()), scale)
        close(e["Variance"], statistics.variance(before.tolist()), scale)
        assert (e["Min"], e["Max"], e["Samples"]) == (before.min(), before.max(), len(before))
        close(e["UpperLimit"], float(before.mean() + 3 * before.std(ddof=1)), scale)
        close(e["LowerLimit"], float(before.mean() - 3 * before.std(ddof=1)), scale)
        if len(before) < 10:
            assert e["EWMA"] is None
        else:  # the weights of Roberts: λ(1-λ)^k, and the rest on the oldest
            weights = 0.2 * 0.8 ** np.arange(len(before))[::-1]
            weights[0] = 0.8 ** (len(before) - 1)
            close(e["EWMA"], float(weights @ before), scale)
        skewness = float(stats.skew(before, bias=False))
        near = abs(before.mean() - np.median(before)) / (abs(before.mean()) + 1e-10) < 0.2
        if abs(abs(skewness) - 0.5) > 1e-6:
            assert e["Distribution"]["Type"] == (
                "normal" if abs(skewness) < 0.5 and near else "empirical"
            )
        if e["Distribution"]["Type"] == "empirical":
            close(e["Distribution"]["Parameters"]["skewness"], skewness, 1e3)


def test_tukeys_fences_are_numpys(probe: Any) -> None:
    series = some_series(2)
    asked = [{"Values": v.tolist(), "Methods": ["iqr"], "Threshold": 1.5} for v in series]
    for values, told in zip(series, probe(asked), strict=True):
        low, high = np.percentile(values[:-1], [25, 75])
        scale = float(np.max(np.abs(values)))
        beyond = max(values[-1] - high, low - values[-1]) / (high - low)
        if abs(beyond - 1.5) < 1e-6:
            continue
        assert ("iqr" in told["found"]) == (beyond > 1.5)
        if beyond > 1.5:
            close(told["found"]["iqr"]["Score"], beyond, scale / (high - low))


def test_the_modified_z_score_is_scipys(probe: Any) -> None:
    series = some_series(3)
    asked = [{"Values": v.tolist(), "Methods": ["mad"], "Threshold": 1e-9} for v in series]
    for values, told in zip(series, probe(asked), strict=True):
        mad = stats.median_abs_deviation(values[:-1])
        z = abs(0.6745 * (values[-1] - np.median(values[:-1])) / mad)
        close(told["found"]["mad"]["Score"], z, float(np.max(np.abs(values)) / mad))


def test_the_distance_from_the_average_is_in_deviations(probe: Any) -> None:
    series = some_series(4, least=12)
    asked = [{"Values": v.tolist(), "Methods": ["ewma"], "Threshold": 1e-9} for v in series]
    for values, told in zip(series, probe(asked), strict=True):
        average = values[0]
        for x in values[1:-1]:
            average = 0.2 * x + 0.8 * average
        deviation = values[:-1].std(ddof=1)
        scale = float(np.max(np.abs(values)) / deviation)
        close(told["found"]["ewma"]["Score"], abs(values[-1] - average) / deviation, scale)


def test_a_breach_is_as_rare_as_three_deviations_of_many_runs(probe: Any) -> None:
    series = some_series(5)
    asked = [{"Values": v.tolist(), "Methods": ["control_limits"]} for v in series]
    for values, told in zip(series, probe(asked), strict=True):
        n, mean, deviation = len(values) - 1, values[:-1].mean(), values[:-1].std(ddof=1)
        t = abs(values[-1] - mean) / (deviation * np.sqrt(1 + 1 / n))
        rare = float(stats.norm.isf(stats.t.sf(t, n - 1)))  # Wallace approximates it to a percent
        if abs(rare - 3) > 0.05:
            assert ("control_limits" in told["found"]) == (rare > 3)
        if "control_limits" in told["found"]:
            assert told["found"]["control_limits"]["Score"] == pytest.approx(rare, rel=0.03)


def test_a_season_is_judged_by_the_formula_in_the_documentation(probe: Any) -> None:
    for seasonal in (True, False):
        series = some_series(6, least=14)
        asked = [
            {
                "Values": v.tolist(),
                "Methods": ["seasonality"],
                "Threshold": 1e-9,
                "Seasonal": seasonal,
            }
            for v in series
        ]
        for values, told in zip(series, probe(asked), strict=True):
            trends = np.convolve(values, np.ones(7) / 7, "valid")[:-1]  # of runs 7 and on
            residuals = values[7:-1] - trends[:-1]
            days = np.arange(7, len(values) - 1) % 7
            mean, variance, n = residuals.mean(), residuals.var(ddof=1), len(residuals)
            same = residuals[days == (len(values) - 1) % 7]
            groups = [residuals[days == d] for d in range(7) if np.sum(days == d) > 1]
            if seasonal and len(same) >= 3:
                squares = sum(((g - g.mean()) ** 2).sum() for g in groups)
                variance = squares / sum(len(g) - 1 for g in groups)
                mean, n = same.mean(), len(same)
            spread = np.sqrt(variance * (1 + 1 / n))
            score = abs(values[-1] - trends[-1] - mean) / spread
            scale = float(np.max(np.abs(values)) / spread)
            close(told["found"]["seasonality"]["Score"], score, scale)


def test_a_shift_is_welchs_test_by_scipy(probe: Any) -> None:
    for window in (2, 3, 5):
        series = some_series(7 + window, least=10)
        asked = [
            {"Values": v.tolist(), "Methods": ["regime_shift"], "ShiftRuns": window} for v in series
        ]
        for values, told in zip(series, probe(asked), strict=True):
            before, recent = values[:-window], values[-window:]
            p = stats.ttest_ind(before, recent, equal_var=False).pvalue
            found = told["found"]["regime_shift"]
            scale = float(np.max(np.abs(values)) / np.std(values))
            assert found["PValue"] == pytest.approx(p, rel=1e-9 * max(1, scale))
            deviation = before.std(ddof=1)
            size = abs(recent.mean() - before.mean()) / deviation
            close(found["Score"], size, scale * np.std(values) / deviation)
