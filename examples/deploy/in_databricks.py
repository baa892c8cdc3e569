"""A job of Databricks, on a cluster of its own; context and messages go by DBFS.

Its task is the script `databricks_task.py`, which starts the binary; both have been uploaded to
DBFS: `databricks fs cp bin/baselinr-pipes dbfs:/FileStore/baselinr/`.
"""

from typing import Any

from dagster import AssetExecutionContext, PipesClientCompletedInvocation
from dagster_baselinr import build_baselinr_definitions
from dagster_databricks import PipesDatabricksClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import SubmitTask

TASK = {
    "task_key": "baselinr_pipes",
    "new_cluster": {
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "i3.xlarge",
        "num_workers": 0,
        "spark_env_vars": {"WAREHOUSE_PASSWORD": "{{secrets/warehouse/password}}"},
    },
    "spark_python_task": {"python_file": "dbfs:/FileStore/baselinr/databricks_task.py"},
}


def in_databricks(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Submit a job and wait for its end."""
    return PipesDatabricksClient(WorkspaceClient()).run(
        context=context, extras=extras, task=SubmitTask.from_dict(TASK)
    )


defs = build_baselinr_definitions("baselinr.yml", launch=in_databricks)
