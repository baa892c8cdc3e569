"""Print, as JSON, what the Python tool's own Dagster integration says.

Usage, in that tool's environment, where the folder SITE has Dagster:

    ask_reference.py SITE signatures        the arguments of each name that it exports
    ask_reference.py SITE keys CONFIG PREFIX  the keys of its assets
    ask_reference.py SITE cursor CONFIG JOB  what its sensor's first tick remembers
    ask_reference.py SITE run FILE JOB      the success of a job of a file, in $DAGSTER_HOME
"""

import inspect
import json
import sys
from typing import Any

sys.path.append(sys.argv[1])  # at the end: the tool's own packages come first

from dagster import DagsterInstance, build_sensor_context


def signature(it: Any) -> list[list[str]]:
    """Each argument's name, kind and default."""
    return [
        [name, it.kind.name, repr(it.default)]
        for name, it in inspect.signature(it).parameters.items()
    ]


def main(question: str, *words: str) -> Any:
    if question == "run":
        file, job = words
        space: dict[str, Any] = {"__name__": "repo", "__file__": file}
        with open(file) as code:  # noqa: PTH123
            exec(compile(code.read(), file, "exec"), space)
        with DagsterInstance.get() as instance:
            found = space["defs"].resolve_job_def(job)
            return found.execute_in_process(instance=instance, raise_on_error=False).success
    from baselinr.integrations import dagster  # type: ignore[import-not-found]

    if question == "signatures":
        return {name: signature(getattr(dagster, name)) for name in dagster.__all__}
    if question == "cursor":
        config, job = words
        sensor = dagster.baselinr_plan_sensor(config_path=config, job_name=job)
        with DagsterInstance.ephemeral() as instance:
            context = build_sensor_context(instance=instance)
            list(sensor(context))
            return context.cursor
    config, prefix = words
    assets = dagster.create_profiling_assets(config_path=config, asset_name_prefix=prefix)
    return [key.to_user_string() for it in assets for key in it.keys]


if __name__ == "__main__":
    sys.stdout, answers = sys.stderr, sys.stdout
    json.dump(main(*sys.argv[2:]), answers)
