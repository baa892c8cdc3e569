"""Every test of drift against scipy, or its published formula in numpy, on pairs of profiles.

The profiles are made up, so sketches have no part: what is compared is what the tests make of the
facts that a profile holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from made_profiles import (
    Pair,
    Profile,
    Runs,
    categories,
    late,
    means,
    nulls,
    numbers,
    rows,
    sampled,
)
from probes import Ask, built
from published_formulas import (
    CHART,
    Answer,
    as_normal,
    chart,
    freshness,
    hutcheson,
    jaccard,
    jensen_shannon,
    jensen_shannon_of_numbers,
    kolmogorov_smirnov,
    moved,
    pearson,
    poisson,
    proportions,
    stability,
    stability_of_numbers,
    welch,
)

PAIRS = 10_000


@pytest.fixture(scope="session")
def probe() -> Ask:
    return built("driftprobe")


def several(
    make: Callable[[np.random.Generator, int], Pair],
) -> Callable[[np.random.Generator], Pair]:
    """A maker of two to five earlier runs."""
    return lambda random: make(random, int(random.integers(2, 6)))


Truth = Callable[[Runs, Profile], Answer]
Maker = Callable[[np.random.Generator], Pair]
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
    ("freshness", late, freshness),
    ("psi of numbers", numbers, stability_of_numbers),
    ("jensen_shannon of numbers", numbers, jensen_shannon_of_numbers),
    ("null_ratio of samples", sampled, proportions),
    ("ks_test of several runs", several(numbers), kolmogorov_smirnov),
    ("z_score of several runs", several(numbers), welch),
    ("wasserstein of several runs", several(numbers), moved),
    ("psi of numbers of several runs", several(numbers), stability_of_numbers),
    ("chi_square of several runs", several(categories), pearson),
    ("null_ratio of several runs", several(nulls), proportions),
    ("standard_deviation", means, as_normal),
    ("ml_based", means, chart),
]


def close(got: Answer, want: Answer) -> Iterator[bool]:
    for name, g, w in zip(("statistic", "p", "effect"), got, want, strict=True):
        if g is None or w is None:
            yield g is w
            continue
        # what is 0 but for rounding, and p-values of which floating-point numbers keep fewer digits
        floor = 1e-290 if name == "p" else 1e-12
        yield abs(g - w) <= 1e-9 * abs(w) + floor


@pytest.mark.parametrize(("test", "make", "truth"), CASES, ids=[c[0] for c in CASES])
def test_statistics_and_p_values_agree(probe: Ask, test: str, make: Maker, truth: Truth) -> None:
    random = np.random.default_rng(20240607)
    pairs = [make(random) for _ in range(PAIRS // 5 if "several" in test else PAIRS)]
    name = test.split()[0]
    settings = CHART if name == "ml_based" else None
    answers = probe(
        [{"Test": name, "Before": b, "Now": n, "Chart": settings} for b, n in pairs],
    )
    assert len(answers) == len(pairs)
    wrong = []
    for (before, now), answer in zip(pairs, answers, strict=True):
        want = truth(before, now)
        if answer["statistic"] is None:
            # what is no finding has no size: a value that is no later than usual, at the mean, or
            # back at the median, of which nothing is said
            if want[2] > 1e-12 or ("why" not in answer and want[2] != 0):
                wrong.append((answer.get("why"), want, before, now))
            continue
        got = (answer["statistic"], answer["p_value"], answer["effect"])
        if not all(close(got, want)):
            wrong.append((got, want, before, now))
    assert not wrong, f"{len(wrong)} of {len(pairs)}: {wrong[0]}"
