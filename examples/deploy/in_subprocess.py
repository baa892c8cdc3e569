"""Dagster's own subprocess client starts the binary: here at the lowest priority.

Any command will do that passes its environment on. The package starts the binary by itself where
`launch` is not given, and then yields each result while it runs.
"""

from typing import Any

from dagster import AssetExecutionContext, PipesClientCompletedInvocation, PipesSubprocessClient
from dagster_baselinr import build_baselinr_definitions


def in_subprocess(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Start the binary and wait for its end."""
    return PipesSubprocessClient().run(
        context=context, extras=extras, command=["nice", "-n", "19", "baselinr-pipes", "profile"]
    )


defs = build_baselinr_definitions("baselinr.yml", launch=in_subprocess)
