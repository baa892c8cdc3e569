"""Print, as JSON, what the Python tool makes of each configuration that is named.

Usage: plan_of_reference.py load|plan FILE..., where `load` opens no source. It runs in that
tool's own environment, in the folder of the configurations.
"""

import json
import logging
import sys
from typing import Any

from baselinr.config.loader import ConfigLoader  # type: ignore[import-not-found]
from baselinr.planner import PlanBuilder  # type: ignore[import-not-found]


def made_of(path: str, plan: bool) -> dict[str, Any]:
    """Return the settings that a plan has, and those of drift; or why it refuses the file."""
    try:
        config = ConfigLoader.load_from_file(path)
    except ValueError as error:
        return {"error": str(error)}
    if not plan:
        return {"error": None}
    # Not build_plan: of its two ways to find the contracts' tables one has an import that fails.
    builder = PlanBuilder(config, path)
    tables = [builder._build_table_plan(t, None) for t in builder.expand_table_patterns()]
    return {
        "tables": [
            {
                "schema": t.schema,
                "table": t.name,
                "metrics": t.metrics,
                "partition": t.partition_config,
                "sampling": t.sampling_config,
            }
            for t in tables
        ],
        "profiling": config.profiling.model_dump(),
        "drift": config.drift_detection.model_dump(),
    }


logging.disable(logging.CRITICAL)
json.dump({f: made_of(f, sys.argv[1] == "plan") for f in sys.argv[2:]}, sys.stdout, default=str)
