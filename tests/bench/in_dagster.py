"""Work of Dagster's processes that is measured within them, on the config that BENCH_CONFIG names.

in_dagster.py import   does what any code location begins with, and no more
in_dagster.py load     loads the code location, and checks it as a code server does
in_dagster.py tick     prints what a sensor's first tick took, and the next, as JSON, in seconds
"""

import json
import os
import sys
import time
from collections.abc import Callable

import dagster


def load() -> None:
    from repo_ours import defs

    dagster.Definitions.validate_loadable(defs)


def tick() -> None:
    from repo_ours import defs

    sensor = defs.get_sensor_def("baselinr_plan_sensor")
    took, requested, cursor = [], [], None
    with dagster.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            context = dagster.build_sensor_context(instance, cursor=cursor, definitions=defs)
            assert context.repository_def, "a code server has loaded it before the tick"
            started, worked = time.perf_counter(), sum(os.times()[:4])
            result = sensor.evaluate_tick(context)
            wall = time.perf_counter() - started
            took.append({"wall": wall, "cpu": sum(os.times()[:4]) - worked})
            requested.append(len((result.run_requests or [])[:1]))
            cursor = result.cursor
    assert requested == [1, 0], requested
    json.dump(took, sys.stdout)


if __name__ == "__main__":
    work: dict[str, Callable[[], None]] = {"import": lambda: None, "load": load, "tick": tick}
    work[sys.argv[1]]()
