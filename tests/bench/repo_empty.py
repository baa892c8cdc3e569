"""What Dagster itself costs: one step with as many outputs as BENCH_OUTPUTS says, and no work."""

import os
from collections.abc import Iterator
from typing import Any

from dagster import AssetSpec, Definitions, MaterializeResult, define_asset_job, multi_asset

NAMES = [f"empty_{number}" for number in range(int(os.environ["BENCH_OUTPUTS"]))]


@multi_asset(specs=[AssetSpec(name) for name in NAMES], can_subset=True)
def empty() -> Iterator[MaterializeResult[Any]]:
    for name in NAMES:
        yield MaterializeResult(asset_key=name)


defs = Definitions(assets=[empty], jobs=[define_asset_job("baselinr_profile_all")])
