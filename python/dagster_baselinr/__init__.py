"""Dagster assets that profile warehouse tables and tell how they drifted.

The work is done by the binary `baselinr-pipes`; this package declares the assets, launches the
binary and yields what it reports.
"""

from .assets import create_profiling_assets, create_profiling_job
from .automation import plan_changed
from .checks import attach_to_producers
from .component import BaselinrComponent
from .definitions import build_baselinr_definitions
from .drift_sensor import DriftedTable, baselinr_drift_sensor
from .elsewhere import Launch
from .events import emit_profiling_event
from .plan import PlannedTable
from .producers import find_producers
from .resource import BaselinrResource
from .sensor import baselinr_plan_sensor
from .translator import Translator

__all__ = [
    "BaselinrComponent",
    "BaselinrResource",
    "DriftedTable",
    "Launch",
    "PlannedTable",
    "Translator",
    "attach_to_producers",
    "baselinr_drift_sensor",
    "baselinr_plan_sensor",
    "build_baselinr_definitions",
    "create_profiling_assets",
    "create_profiling_job",
    "emit_profiling_event",
    "find_producers",
    "plan_changed",
]
