"""Checks on an asset that makes a table: one that stops what is downstream, and some that tell."""

import sqlite3

from dagster import Definitions, asset
from dagster_baselinr import attach_to_producers, build_baselinr_definitions

CONFIG = "baselinr.yml"


# An asset of dbt or of Sling says so by itself.
@asset(metadata={"dagster/table_name": "flights"})
def flights() -> None:
    connection = sqlite3.connect("warehouse.db")
    with connection:
        connection.execute("DELETE FROM flights WHERE c0 IS NULL")
    connection.close()


@asset(deps=[flights])
def report() -> None: ...


mine = [flights, report]
# The profile of a table depends on the asset that makes it. (Only `defs` holds definitions here:
# Dagster takes one such name of a module.)
defs = Definitions.merge(
    Definitions(assets=mine), build_baselinr_definitions(CONFIG, producers=mine)
)
# `report` is not made of half a table, or of one that has lost a column.
defs = attach_to_producers(defs, CONFIG, checks=["row_count", "schema"], blocking=True)
# The rest is told, and stops nothing.
defs = attach_to_producers(defs, CONFIG, checks=["drift", "null_ratio"])
