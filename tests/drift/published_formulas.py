"""The statistic, p-value and effect of every test of drift, by scipy or its published formula.

Between two knots a distribution is linear. A baseline is a list of runs, which are taken together.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
from scipy import special, stats
from scipy.spatial import distance

from made_profiles import Profile, Runs

Answer = tuple[float, float | None, float]  # statistic, p-value, effect


class Curve:
    """How many of a run's values lie up to a number, from its profile's knots."""

    def __init__(self, run: Profile) -> None:
        d = run["Distribution"]
        self.complete = d["complete"]
        self.x, self.n = np.array(d["values"]), d["through"][-1]
        self.below, self.through = np.array(d["below"], float), np.array(d["through"], float)

    def at(self, x: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Least, likely and most values up to x (side "right") or below it (side "left")."""
        i = np.searchsorted(self.x, x, side="left")
        inside = np.minimum(i, len(self.x) - 1)
        known = (i < len(self.x)) & (self.x[inside] == x)
        low = np.where(i > 0, self.through[np.maximum(i - 1, 0)], 0.0)
        high = np.where(i < len(self.x), self.below[inside], self.n)
        start = self.x[np.maximum(i - 1, 0)]
        width = self.x[inside] - start
        with np.errstate(invalid="ignore", divide="ignore"):
            likely = np.where(width > 0, low + (high - low) * ((x - start) / width), low)
        if self.complete:
            high, likely = low, low
        likely, high = np.where(i == 0, 0, likely), np.where(i == 0, 0, high)
        exact = self.through[inside] if side == "right" else self.below[inside]
        return (
            np.where(known, exact, low),
            np.where(known, exact, likely),
            np.where(known, exact, high),
        )


class Curves:
    """The distribution function of several runs' values together."""

    def __init__(self, runs: Runs) -> None:
        self.parts = [Curve(run) for run in runs]
        self.complete = all(part.complete for part in self.parts)
        self.x = np.unique(np.concatenate([part.x for part in self.parts]))
        self.n = sum(part.n for part in self.parts)

    def at(self, x: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Least, likely and most share up to x (side "right") or below it (side "left")."""
        of_parts = [part.at(x, side) for part in self.parts]
        least, likely, most = (sum(counts) / self.n for counts in zip(*of_parts, strict=True))
        return least, likely, most

    def counts(self) -> np.ndarray:
        """How many values there are of each knot, where every value is one."""
        shares = self.at(self.x, "right")[1] - self.at(self.x, "left")[1]
        return np.asarray(np.round(self.n * shares))


class Moments:
    """Number, mean and standard deviation of several runs' values together."""

    def __init__(self, runs: Runs) -> None:
        n = np.array([run["Distribution"]["through"][-1] for run in runs], dtype=float)
        mean = np.array([run["Metrics"]["mean"] for run in runs])
        deviation = np.array([run["Metrics"]["stddev"] for run in runs])
        self.n, self.mean = n.sum(), np.average(mean, weights=n)
        within, between = (n - 1) @ deviation**2, n @ (mean - self.mean) ** 2
        self.deviation = (
            deviation[0] if len(runs) == 1 else np.sqrt((within + between) / (self.n - 1))
        )


def kolmogorov_smirnov(before: Runs, now: Profile) -> Answer:
    f, g = Curves(before), Curves([now])
    x = np.union1d(f.x, g.x)
    likely = least = 0.0
    for side in ("left", "right"):
        (f0, f1, f2), (g0, g1, g2) = f.at(x, side), g.at(x, side)
        likely = max(likely, np.abs(f1 - g1).max())
        least = max(least, (f0 - g2).max(), (g0 - f2).max())
    size = np.sqrt(f.n * g.n / (f.n + g.n))
    return likely, special.kolmogorov(max(least, 0) * (size + 0.12 + 0.11 / size)), likely


def welch(before: Runs, now: Profile) -> Answer:
    b, c = Moments(before), Moments([now])
    found = stats.ttest_ind_from_stats(
        c.mean, c.deviation, c.n, b.mean, b.deviation, b.n, equal_var=False
    )
    return found.statistic, found.pvalue, abs(c.mean - b.mean) / b.deviation


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


def moved(before: Runs, now: Profile) -> Answer:
    f, g = Curves(before), Curves([now])
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
        likely_scipy = stats.wasserstein_distance(f.x, g.x, f.counts(), g.counts())
        np.testing.assert_allclose(likely, likely_scipy, rtol=1e-9, atol=1e-12)
    least = float((width * np.maximum.reduce([f0 - g1, g0 - f1, 0 * f0])).sum())
    low = (f.n * fl + g.n * gl) / (f.n + g.n)
    high = (f.n * fr + g.n * gr) / (f.n + g.n)
    spread_between = mean_deviation(low, high)
    spread = float((width * spread_between).sum())
    b1, c1 = Moments(before).deviation, Moments([now]).deviation
    n, m = f.n, g.n
    pooled = np.sqrt((b1**2 * (n - 1) + c1**2 * (m - 1)) / (n + m - 2))
    t = (np.sqrt(n * m / (n + m)) * least - np.sqrt(2 / np.pi) * spread) / pooled
    return likely, float(np.exp(-(max(t, 0) ** 2) / 2)), likely / b1


def table(before: Runs, now: Profile) -> np.ndarray:
    """The counts of both samples by value; those of fewer than 5 expected are pooled."""
    counts: dict[str, list[int]] = {}
    for i, runs in enumerate((before, [now])):
        for run in runs:
            for v in run["Metrics"]["top_values"]:
                counts.setdefault(v["value"], [0, 0])[i] += v["count"]
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


def pearson(before: Runs, now: Profile) -> Answer:
    t = table(before, now)
    if len(t) == 1:
        return 0.0, 1.0, 0.0
    found = stats.chi2_contingency(t, correction=False)
    return found.statistic, found.pvalue, np.sqrt(found.statistic / t.sum())


def stability(before: Runs, now: Profile) -> Answer:
    t = table(before, now)
    n, m = t.sum(axis=0)
    p, q = (t + 0.5).T / (t + 0.5).sum(axis=0)[:, None]
    psi = float(((q - p) * np.log(q / p)).sum())
    return psi, stats.chi2.sf(psi * n * m / (n + m), len(t) - 1) if len(t) > 1 else 1.0, psi


def jensen_shannon(before: Runs, now: Profile) -> Answer:
    t = table(before, now)
    if len(t) == 1:
        return 0.0, 1.0, 0.0
    d = distance.jensenshannon(t[:, 0], t[:, 1], base=2)
    # chi2_contingency(lambda_="log-likelihood"), in more digits: nearly equal shares cancel
    o = t[t.sum(axis=1) > 0].astype(np.longdouble)
    expected = np.outer(o.sum(axis=1), o.sum(axis=0)) / o.sum()
    g = float(2 * np.sum(np.where(o > 0, o * np.log(np.where(o > 0, o, 1) / expected), 0)))
    return d, stats.chi2.sf(g, len(t) - 1), d


def hutcheson(before: Runs, now: Profile) -> Answer:
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


def jaccard(before: Runs, now: Profile) -> Answer:
    old, new = ({v["value"] for v in r["Metrics"]["top_values"][:10]} for r in (*before, now))
    d = 1 - len(old & new) / len(old | new)
    return d, pearson(before, now)[1], d


def nulls_read(runs: Runs) -> tuple[int, int]:
    """How many rows were read, and how many of them hold nothing."""
    read = [run.get("Read") or run["Rows"] for run in runs]
    nulls = [r["Metrics"]["null_count"] * n // r["Rows"] for r, n in zip(runs, read, strict=True)]
    return sum(read), sum(nulls)


def proportions(before: Runs, now: Profile) -> Answer:
    (n, k), (m, other) = nulls_read(before), nulls_read([now])
    p, q, both = k / n, other / m, (k + other) / (n + m)
    h = abs(2 * np.arcsin(np.sqrt(q)) - 2 * np.arcsin(np.sqrt(p)))
    if both in (0, 1):
        return 0.0, 1.0, h
    z = (q - p) / np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    if min(both, 1 - both) * min(n, m) < 5:
        return z, stats.fisher_exact([[k, n - k], [other, m - other]]).pvalue, h
    return z, 2 * stats.norm.sf(abs(z)), h


def poisson(before: Runs, now: Profile) -> Answer:
    n, m = before[0]["Rows"], now["Rows"]
    z = (m - n) / np.sqrt(m + n)
    return z, 2 * stats.norm.sf(abs(z)), abs(m - n) / n


def freshness(before: Runs, now: Profile) -> Answer:
    def hours(run: Profile) -> float:
        newest = datetime.fromisoformat(run["Metrics"]["max"]).replace(tzinfo=timezone.utc)
        return (datetime.fromisoformat(run["At"]) - newest) / timedelta(hours=1)

    times = [datetime.fromisoformat(run["At"]) for run in (now, *before)]
    gaps = sorted((a - b) / timedelta(hours=1) for a, b in pairwise(times))
    beyond = hours(now) - max(hours(run) for run in before)
    return hours(now), None, max(beyond, 0) / gaps[len(gaps) // 2]


class Parts:
    """Numbers in ten parts at quantiles of the baseline; one that fills a part has its own."""

    def __init__(self, before: Runs, now: Profile) -> None:
        f, g = Curves(before), Curves([now])
        through, below = f.at(f.x, "right")[1], f.at(f.x, "left")[1]
        edges: list[tuple[float, str]] = []
        for q in np.arange(1, 10) / 10:
            at = min(int(np.searchsorted(through, q)), len(f.x) - 1)
            if through[at] - below[at] >= 0.1:
                edges.append((f.x[at], "left"))
            edges.append((f.x[at], "right"))
        cuts = sorted(set(edges))
        shares = []
        for curve in (f, g):
            at_cuts = [np.concatenate(curve.at(np.array([x]), side)) for x, side in cuts]
            shares.append(np.array([[0, 0, 0], *at_cuts, [1, 1, 1]]))
        self.n, self.m = f.n, g.n
        p, q = (np.diff(s[:, 1]) for s in shares)
        doubt = sum(np.maximum(s[:, 1] - s[:, 0], s[:, 2] - s[:, 1]) for s in shares)
        off = doubt[:-1] + doubt[1:]
        held = (p > 0) | (q > 0)
        self.p, self.q, off = p[held], q[held], off[held]
        # the least difference that is certain, about the shares of both samples together
        self.both = (self.n * self.p + self.m * self.q) / (self.n + self.m)
        least = np.sign(self.q - self.p) * np.maximum(abs(self.q - self.p) - off, 0)
        self.least_p = self.both - least * self.m / (self.n + self.m)
        self.least_q = self.both + least * self.n / (self.n + self.m)


def stability_of_numbers(before: Runs, now: Profile) -> Answer:
    b = Parts(before, now)
    k = len(b.p)

    def index(p: np.ndarray, q: np.ndarray) -> float:
        p, q = (p * b.n + 0.5) / (b.n + k / 2), (q * b.m + 0.5) / (b.m + k / 2)
        return float(((q - p) * np.log(q / p)).sum())

    psi = index(b.p, b.q)
    least = index(b.least_p, b.least_q) * b.n * b.m / (b.n + b.m)
    return psi, stats.chi2.sf(least, k - 1) if k > 1 else 1.0, psi


def jensen_shannon_of_numbers(before: Runs, now: Profile) -> Answer:
    b = Parts(before, now)
    d = distance.jensenshannon(b.p, b.q, base=2)
    if len(b.p) == 1:
        return 0.0, 1.0, 0.0
    p, q, both = (x.astype(np.longdouble) for x in (b.least_p, b.least_q, b.both))
    g = 2 * sum(
        size * np.where(x > 0, x * np.log(np.where(x > 0, x, 1) / both), 0).sum()
        for size, x in ((b.n, p), (b.m, q))
    )
    return d, stats.chi2.sf(float(max(g, 0)), len(b.p) - 1), d


def as_normal(before: Runs, now: Profile) -> Answer:
    """How far the normal distribution is as rare as a prediction's t is (Hahn and Meeker 1991)."""
    earlier = np.array([run["Metrics"]["mean"] for run in before])
    n = len(earlier)
    t = abs(now["Metrics"]["mean"] - earlier.mean()) / (earlier.std(ddof=1) * np.sqrt(1 + 1 / n))
    z = stats.norm.isf(stats.t.sf(t, n - 1))
    return z, None, z


CHART = {"Lambda": 0.2, "MinRuns": 4, "SeasonDays": 7}


def chart(before: Runs, now: Profile) -> Answer:
    """The season's median where four runs share it, else the moving average (Roberts 1959)."""
    earlier = np.array([run["Metrics"]["mean"] for run in before[:30]])
    value = now["Metrics"]["mean"]
    same = earlier[6::7]
    near = same if len(same) >= 4 else earlier
    centre = np.median(near)
    spread = stats.median_abs_deviation(near) * 1.4826 * np.sqrt(1 + 1 / len(near))
    off = (value - centre) / spread
    if len(same) < 4:
        weight = CHART["Lambda"]
        ages = np.arange(len(earlier), -1, -1)
        residuals = np.append(np.clip((earlier[::-1] - centre) / spread, -3, 3), off)
        average = (residuals * weight * (1 - weight) ** ages).sum()
        if average * off <= 0:  # back at the median, or beyond: earlier runs hold the average off
            return 0.0, None, 0.0
        off = average / np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * len(ages))))
    return abs(off), None, abs(off)
