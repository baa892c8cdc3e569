"""A Dagster asset whose work is done by a Go program, `orders`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

HERE = Path(__file__).parent
BINARY = os.environ.get("ORDERS_BINARY", str(HERE / "orders"))


@dg.asset(
    check_specs=[dg.AssetCheckSpec("no_refunds", asset="orders")],
    kinds={"go"},
)
def orders(
    context: dg.AssetExecutionContext, pipes: dg.ResourceParam[dg.PipesSubprocessClient]
) -> Iterator[Any]:
    """The sum of the orders of each shop."""
    yield from pipes.run(
        context=context,
        command=[BINARY],
        extras={"path": str(HERE / "orders.csv")},
    ).get_results()


defs = dg.Definitions(assets=[orders], resources={"pipes": dg.PipesSubprocessClient()})
