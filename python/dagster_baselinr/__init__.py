"""Dagster assets that profile warehouse tables and tell how they drifted.

The work is done by the binary `baselinr-pipes`; this package declares the assets, launches the
binary and yields what it reports.
"""

from .assets import create_profiling_assets, create_profiling_job
from .checks import attach_to_producers
from .component import BaselinrComponent
from .definitions import build_baselinr_definitions
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
    "Launch",
    "PlannedTable",
    "Translator",
    "attach_to_producers",
    "baselinr_plan_sensor",
    "build_baselinr_definitions",
    "create_profiling_assets",
    "create_profiling_job",
    "emit_profiling_event",
    "find_producers",
]
