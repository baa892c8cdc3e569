"""The same by the Python tool's own integration, put together as its guide does."""

import os

from baselinr.integrations.dagster import (  # type: ignore[import-not-found]
    build_baselinr_definitions,
)

defs = build_baselinr_definitions(config_path=os.environ["BENCH_CONFIG"], enable_sensor=False)
