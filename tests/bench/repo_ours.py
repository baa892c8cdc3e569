"""The code location that is measured: that of the config which BENCH_CONFIG names."""

import os

from dagster_baselinr import build_baselinr_definitions

defs = build_baselinr_definitions(os.environ["BENCH_CONFIG"])
