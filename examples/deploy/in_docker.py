"""A container of Docker, of the image that the `Dockerfile` beside this makes.

The config names its password `${WAREHOUSE_PASSWORD}`: it is resolved in the container, and is in
nothing that Dagster stores.
"""

import os
from typing import Any

from dagster import AssetExecutionContext, PipesClientCompletedInvocation
from dagster_baselinr import build_baselinr_definitions
from dagster_docker import PipesDockerClient


def in_docker(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Start a container and wait for its end."""
    return PipesDockerClient().run(
        context=context,
        extras=extras,
        image="baselinr-pipes:0.1.0",
        command=["baselinr-pipes", "profile"],
        env={"WAREHOUSE_PASSWORD": os.environ["WAREHOUSE_PASSWORD"]},
        container_kwargs={"network": "warehouse"},
    )


defs = build_baselinr_definitions("baselinr.yml", launch=in_docker)
