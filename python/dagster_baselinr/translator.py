"""What a table's asset looks like."""

from __future__ import annotations

from dagster import AssetSpec

from .plan import PlannedTable


class Translator:
    """Turns a planned table into an asset's spec; subclass it to change keys, owners or deps.

    ```python
    class ByTeam(Translator):
        def get_asset_spec(self, table):
            spec = super().get_asset_spec(table)
            return spec.replace_attributes(key=["quality", table.schema, table.table])
    ```

    The group, and the tags that all assets have, are added later to what lacks them.
    """

    def get_asset_spec(self, table: PlannedTable) -> AssetSpec:
        """Return the spec of one table's asset."""
        return AssetSpec(
            key=table.asset_name,
            description=f"Profile and drift of the table {table.id}.",
            kinds={table.engine, "baselinr"},
            code_version=table.signature,
        )
