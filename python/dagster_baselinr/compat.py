"""What `baselinr.integrations.dagster` of the Python tool exports, by the same names.

A code location that imports from there imports from here, and nothing else of it changes:

    from dagster_baselinr.compat import build_baselinr_definitions

Arguments, their order and their defaults are the same; docs/migration.md lists what differs in
what they do.
"""

from .assets import create_profiling_assets, create_profiling_job
from .definitions import build_baselinr_definitions
from .events import emit_profiling_event
from .resource import BaselinrResource
from .sensor import baselinr_plan_sensor

DAGSTER_AVAILABLE = True  # there, of an optional dependency; here Dagster is none

__all__ = [
    "BaselinrResource",
    "baselinr_plan_sensor",
    "build_baselinr_definitions",
    "create_profiling_assets",
    "create_profiling_job",
    "emit_profiling_event",
]
