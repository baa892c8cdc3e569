"""Every test of drift against scipy, or its published formula in numpy, on pairs of profiles.

The profiles are made here, so sketches have no part: what is compared is what the tests make of the
facts that a profile holds. Between two knots a distribution is linear.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats
from scipy.spatial import distance

PAIRS = 10_000
ROOT = Path(__file__).parents[2]
Profile = dict[str, Any]
Answer = tuple[float, float, float]  # statistic, p-value, effect


@pytest.fixture(scope="session")
def probe() -> Callable[[list[Profile]], list[Profile]]:
    program = ROOT / "build" / "driftprobe"
    subprocess.run(["go", "build", "-o", program, "./tests/driftprobe"], cwd=ROOT, check=True)

    def ask(pairs: list[Profile]) -> list[Profile]:
        lines = "\n".join(json.dumps(p) for p in pairs)
        done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def categories(random: np.random.Generator) -> tuple[Profile, Profile]:
    """Two runs that list every value, of which some are rare and some are in one run only."""
    k = int(random.integers(2, 15))
    shares = random.dirichlet(np.full(k, random.choice([0.3, 1, 10])))
    moved = random.dirichlet(shares * random.choice([20, 500, 5000]) + 1e-3)
    runs = []
    for p in (shares, moved):
        counts = random.multinomial(int(10 ** random.uniform(2, 6)), p)
        listed = sorted((-int(c), f"v{i:02}") for i, c in enumerate(counts) if c)
        top = [{"value": value, "count": -c} for c, value in listed]
        n = int(counts.sum())
        runs.append(
            {"Rows": n, "Kind": "text", "Metrics": {"null_count": 0, "top_values": top}},
        )
    return runs[0], runs[1]


def numbers(random: np.random.Generator) -> tuple[Profile, Profile]:
    """Two runs of numbers: known everywhere, with many ties, or at knots a few values apart."""
    shift = random.choice([0, 0.02, 0.2, 1]) * random.normal()
    complete = bool(random.random() < 0.5)
    runs = []
    for mean in (0.0, shift):
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
    return runs[0], runs[1]


def nulls(random: np.random.Generator) -> tuple[Profile, Profile]:
    runs = []
    share = 10 ** random.uniform(-5, 0)
    for _ in range(2):
        n = int(10 ** random.uniform(2, 6))
        k = random.binomial(n, min(share * random.choice([1, 1, 1.5]), 1))
        runs.append({"Rows": n, "Kind": "text", "Metrics": {"null_count": int(k)}})
    return runs[0], runs[1]


def rows(random: np.random.Generator) -> tuple[Profile, Profile]:
    n = int(10 ** random.uniform(1, 7))
    m = random.poisson(n * random.choice([1, 1, 1.1]))
    return tuple(  # type: ignore[return-value]
        {"Rows": int(x), "Kind": "text", "Metrics": {"null_count": 0}} for x in (n, m)
    )


class Curve:
    """A distribution function from a profile's knots."""

    def __init__(self, run: Profile) -> None:
        d = run["Distribution"]
        self.complete = d["complete"]
        self.x, self.n = np.array(d["values"]), d["through"][-1]
        self.below_count, self.through_count = np.array(d["below"]), np.array(d["through"])
        self.through, self.below = self.through_count / self.n, self.below_count / self.n

    def at(self, x: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Least, likely and most share up to x (side "right") or below it (side "left")."""
        i = np.searchsorted(self.x, x, side="left")
        inside = np.minimum(i, len(self.x) - 1)
        known = (i < len(self.x)) & (self.x[inside] == x)
        low = np.where(i > 0, self.through[np.maximum(i - 1, 0)], 0.0)
        high = np.where(i < len(self.x), self.below[inside], 1.0)
        start = self.x[np.maximum(i - 1, 0)]
        width = self.x[inside] - start
        with np.errstate(invalid="ignore", divide="ignore"):
            likely = np.where(width > 0, low + (high - low) * (x - start) / width, low)
        if self.complete:
            high, likely = low, low
        likely, high = np.where(i == 0, 0, likely), np.where(i == 0, 0, high)
        exact = self.through[inside] if side == "right" else self.below[inside]
        return (
            np.where(known, exact, low),
            np.where(known, exact, likely),
            np.where(known, exact, high),
        )


def kolmogorov_smirnov(before: Profile, now: Profile) -> Answer:
    f, g = Curve(before), Curve(now)
    x = np.union1d(f.x, g.x)
    likely = least = 0.0
    for side in ("left", "right"):
        (f0, f1, f2), (g0, g1, g2) = f.at(x, side), g.at(x, side)
        likely = max(likely, np.abs(f1 - g1).max())
        least = max(least, (f0 - g2).max(), (g0 - f2).max())
    size = np.sqrt(f.n * g.n / (f.n + g.n))
    return likely, special.kolmogorov(max(least, 0) * (size + 0.12 + 0.11 / size)), likely


def welch(before: Profile, now: Profile) -> Answer:
    b, c = before["Metrics"], now["Metrics"]
    found = stats.ttest_ind_from_stats(
        c["mean"], c["stddev"], now["Rows"], b["mean"], b["stddev"], before["Rows"], equal_var=False
    )
    return found.statistic, found.pvalue, abs(c["mean"] - b["mean"]) / b["stddev"]


def mean_deviation(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The mean of √(u(1-u)) between two shares: its integral is an incomplete beta function, whose
    difference loses digits where the shares are close; there the rule of Gauss is exact."""
    nodes, weights = special.roots_legendre(20)
    u = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * nodes
    rule = (np.sqrt(np.clip(u * (1 - u), 0, None)) * weights).sum(axis=1) / 2
    beta = special.beta(1.5, 1.5)
    # from the nearer end, so that what is subtracted is small
    left = special.betainc(1.5, 1.5, high) - special.betainc(1.5, 1.5, low)
    right = special.betainc(1.5, 1.5, 1 - low) - special.betainc(1.5, 1.5, 1 - high)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = beta * np.where(low + high < 1, left, right) / (high - low)
    close_by = high - low <= 0.01 * np.minimum(low, 1 - high)
    return np.asarray(np.where(close_by | (high <= low), rule, mean))


def moved(before: Profile, now: Profile) -> Answer:
    f, g = Curve(before), Curve(now)
    x = np.union1d(f.x, g.x)
    width = np.diff(x)
    (f0, fl, _), (g0, gl, _) = f.at(x[:-1], "right"), g.at(x[:-1], "right")
    (_, fr, f1), (_, gr, g1) = f.at(x[1:], "left"), g.at(x[1:], "left")
    # the integral of |linear| is split where it crosses zero
    a, b = gl - fl, gr - fr
    crosses = a * b < 0
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.where(crosses, a / (a - b), 0)
    size = np.where(crosses, (root * abs(a) + (1 - root) * abs(b)) / 2, abs(a + b) / 2)
    likely = float((width * size).sum())
    if f.complete:
        likely_scipy = stats.wasserstein_distance(
            f.x, g.x, f.through_count - f.below_count, g.through_count - g.below_count
        )
        np.testing.assert_allclose(likely, likely_scipy, rtol=1e-9, atol=1e-12)
    least = float((width * np.maximum.reduce([f0 - g1, g0 - f1, 0 * f0])).sum())
    low = (f.n * fl + g.n * gl) / (f.n + g.n)
    high = (f.n * fr + g.n * gr) / (f.n + g.n)
    spread_between = mean_deviation(low, high)
    spread = float((width * spread_between).sum())
    b1, c1 = before["Metrics"]["stddev"], now["Metrics"]["stddev"]
    n, m = f.n, g.n
    pooled = np.sqrt((b1**2 * (n - 1) + c1**2 * (m - 1)) / (n + m - 2))
    t = (np.sqrt(n * m / (n + m)) * least - np.sqrt(2 / np.pi) * spread) / pooled
    return likely, float(np.exp(-(max(t, 0) ** 2) / 2)), likely / b1


def table(before: Profile, now: Profile) -> np.ndarray:
    """The counts of both runs by value; those of fewer than 5 expected are pooled."""
    counts: dict[str, list[int]] = {}
    for i, run in enumerate((before, now)):
        for v in run["Metrics"]["top_values"]:
            counts.setdefault(v["value"], [0, 0])[i] = v["count"]
    rowed = sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))
    found = np.array([c for _, c in rowed], dtype=float)
    expected = found.sum(axis=1) * found.sum(axis=0).min() / found.sum()
    common, rare = found[expected >= 5], found[expected < 5].sum(axis=0)
    if rare.sum() == 0:
        return np.asarray(common)
    if rare.sum() * found.sum(axis=0).min() / found.sum() < 5 and len(common):
        common[-1] += rare
        return np.asarray(common)
    return np.vstack([common, rare])


def pearson(before: Profile, now: Profile) -> Answer:
    t = table(before, now)
    if len(t) == 1:
        return 0.0, 1.0, 0.0
    found = stats.chi2_contingency(t, correction=False)
    return found.statistic, found.pvalue, np.sqrt(found.statistic / t.sum())


def stability(before: Profile, now: Profile) -> Answer:
    t = table(before, now)
    n, m = t.sum(axis=0)
    p, q = (t + 0.5).T / (t + 0.5).sum(axis=0)[:, None]
    psi = float(((q - p) * np.log(q / p)).sum())
    return psi, stats.chi2.sf(psi * n * m / (n + m), len(t) - 1) if len(t) > 1 else 1.0, psi


def jensen_shannon(before: Profile, now: Profile) -> Answer:
    t = table(before, now)
    if len(t) == 1:
        return 0.0, 1.0, 0.0
    d = distance.jensenshannon(t[:, 0], t[:, 1], base=2)
    # chi2_contingency(lambda_="log-likelihood"), in more digits: nearly equal shares cancel
    o = t[t.sum(axis=1) > 0].astype(np.longdouble)
    expected = np.outer(o.sum(axis=1), o.sum(axis=0)) / o.sum()
    g = float(2 * np.sum(np.where(o > 0, o * np.log(np.where(o > 0, o, 1) / expected), 0)))
    return d, stats.chi2.sf(g, len(t) - 1), d


def hutcheson(before: Profile, now: Profile) -> Answer:
    t = table(before, now)
    h, v, n = [], [], t.sum(axis=0)
    for i in range(2):
        p = t[:, i][t[:, i] > 0] / n[i]
        h.append(stats.entropy(p))
        v.append((np.sum(p * np.log(p) ** 2) - h[i] ** 2) / n[i] + (len(p) - 1) / (2 * n[i] ** 2))
    if sum(v) <= 0:
        return 0.0, 1.0, 0.0
    score = (h[1] - h[0]) / np.sqrt(sum(v))
    df = sum(v) ** 2 / (v[0] ** 2 / n[0] + v[1] ** 2 / n[1])
    return score, 2 * stats.t.sf(abs(score), df), abs(h[1] - h[0]) / np.log(2)


def jaccard(before: Profile, now: Profile) -> Answer:
    old, new = ({v["value"] for v in r["Metrics"]["top_values"][:10]} for r in (before, now))
    d = 1 - len(old & new) / len(old | new)
    return d, pearson(before, now)[1], d


def proportions(before: Profile, now: Profile) -> Answer:
    n, m = before["Rows"], now["Rows"]
    k, other = before["Metrics"]["null_count"], now["Metrics"]["null_count"]
    p, q, both = k / n, other / m, (k + other) / (n + m)
    h = abs(2 * np.arcsin(np.sqrt(q)) - 2 * np.arcsin(np.sqrt(p)))
    if both in (0, 1):
        return 0.0, 1.0, h
    z = (q - p) / np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    if min(both, 1 - both) * min(n, m) < 5:
        return z, stats.fisher_exact([[k, n - k], [other, m - other]]).pvalue, h
    return z, 2 * stats.norm.sf(abs(z)), h


def poisson(before: Profile, now: Profile) -> Answer:
    n, m = before["Rows"], now["Rows"]
    z = (m - n) / np.sqrt(m + n)
    return z, 2 * stats.norm.sf(abs(z)), abs(m - n) / n


Truth = Callable[[Profile, Profile], Answer]
Maker = Callable[[np.random.Generator], tuple[Profile, Profile]]
CASES: list[tuple[str, Maker, Truth]] = [
    ("ks_test", numbers, kolmogorov_smirnov),
    ("z_score", numbers, welch),
    ("wasserstein", numbers, moved),
    ("psi", categories, stability),
    ("jensen_shannon", categories, jensen_shannon),
    ("chi_square", categories, pearson),
    ("entropy", categories, hutcheson),
    ("top_k", categories, jaccard),
    ("null_ratio", nulls, proportions),
    ("row_count", rows, poisson),
]


def close(got: Answer, want: Answer) -> Iterator[bool]:
    for name, g, w in zip(("statistic", "p", "effect"), got, want, strict=True):
        # what is 0 but for rounding, and p-values of which floating-point numbers keep fewer digits
        floor = 1e-290 if name == "p" else 1e-12
        yield abs(g - w) <= 1e-9 * abs(w) + floor


@pytest.mark.parametrize(("test", "make", "truth"), CASES, ids=[c[0] for c in CASES])
def test_statistics_and_p_values_agree(
    probe: Callable[[list[Profile]], list[Profile]], test: str, make: Maker, truth: Truth
) -> None:
    random = np.random.default_rng(20240607)
    pairs = [make(random) for _ in range(PAIRS)]
    answers = probe([{"Test": test, "Before": b, "Now": n} for b, n in pairs])
    assert len(answers) == PAIRS
    wrong = []
    for (before, now), answer in zip(pairs, answers, strict=True):
        want = truth(before, now)
        if answer["p_value"] is None:
            wrong.append((answer["why"], want, before, now))
            continue
        got = (answer["statistic"], answer["p_value"], answer["effect"])
        if not all(close(got, want)):
            wrong.append((got, want, before, now))
    assert not wrong, f"{len(wrong)} of {PAIRS}: {wrong[0]}"
