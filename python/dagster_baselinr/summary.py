"""What the summary tells: totals of the tables, and the worst findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    MetadataValue,
    TableColumn,
    TableMetadataValue,
    TableRecord,
    TableSchema,
)

from .keys import plain
from .plan import Plan
from .severity import NONE_AND_SEVERITIES, SEVERITY_METADATA

FINDINGS_SHOWN = 50
ADDED_UP = (  # of the tables' metadata, under the same names
    "row_count",
    "drift_count",
    "drift_high",
    "drift_medium",
    "drift_low",
    "drift_muted",
    "anomalies_count",
)


class Summary:
    """Adds up the tables of a plan while they are told; it keeps numbers and the worst findings.

    Each table counts once: by its result in this step, or, where that is of another step or run, by
    the materialization that was recorded last.
    """

    def __init__(self, plan: Plan, keys: Mapping[str, AssetKey]) -> None:
        """Start with no table; `keys` are the assets of the tables' IDs."""
        self._plan = plan
        self._ids = {key: id for id, key in keys.items()}
        self._added: set[AssetKey] = set()
        self._completed = 0
        self._sums = dict.fromkeys(ADDED_UP, 0)
        self._by_severity = dict.fromkeys(NONE_AND_SEVERITIES, 0)
        self._findings: list[dict[str, Any]] = []
        self._report: Any = None

    def add(self, key: AssetKey, metadata: Mapping[str, Any]) -> None:
        """Add a table that this run has profiled, with its materialization's metadata."""
        self._completed += 1
        self._report = metadata.get("report", self._report)
        self._count(key, metadata)

    def metadata(self, context: AssetExecutionContext) -> dict[str, Any]:
        """Return the summary's metadata; numbers have keys that stay, so that they plot.

        The findings come before what the config asks for: Dagster shows keys in their order.
        """
        missing = [key for key in self._ids if key not in self._added]
        for record in context.instance.get_asset_records(missing) if missing else ():
            last = record.asset_entry.last_materialization
            if last and last.asset_materialization:
                self._completed += last.run_id == context.run.run_id  # by another step
                self._count(record.asset_entry.asset_key, last.asset_materialization.metadata)
        plan = self._plan
        tables = "\n".join(f"- {table.id}" for table in plan.tables)
        found = [severity for severity in NONE_AND_SEVERITIES if self._by_severity[severity]]
        return {
            **({"report": self._report} if self._report else {}),
            SEVERITY_METADATA: found[-1] if found else "none",
            "tables_drifted": sum(self._by_severity.values()) - self._by_severity["none"],
            "worst_findings": _table(self._findings),
            "tables_completed": self._completed,
            "tables_without_result": len(self._ids) - len(self._added),
            **self._sums,
            "environment": plan.environment,
            "tables_profiled": len(plan.tables),
            "estimated_metrics": plan.estimated_metrics,
            "table_list": MetadataValue.md(tables or "- none -"),
        }

    def _count(self, key: AssetKey, metadata: Mapping[str, Any]) -> None:
        self._added.add(key)
        for name in ADDED_UP:
            self._sums[name] += int(plain(metadata.get(name)) or 0)
        severity = plain(metadata.get(SEVERITY_METADATA))
        if severity in self._by_severity:
            self._by_severity[severity] += 1
        found = metadata.get("drift_findings")
        if isinstance(found, TableMetadataValue):
            rows = [{"table": self._ids[key], **record.data} for record in found.records]
            counting = [row for row in rows if not row.get("muted")]
            # Sorting keeps each table's own order, in which the strongest of a severity are first.
            self._findings = sorted([*self._findings, *counting], key=_mildness)[:FINDINGS_SHOWN]


def _mildness(finding: Mapping[str, Any]) -> int:
    return -NONE_AND_SEVERITIES.index(finding["severity"])


def _table(findings: list[dict[str, Any]]) -> MetadataValue[Any]:
    columns = ("table", "severity", "column", "reason", "metric", "test", "change_percent")
    types = {"change_percent": "float"}
    return MetadataValue.table(
        records=[TableRecord({name: row.get(name) for name in columns}) for row in findings],
        schema=TableSchema([TableColumn(name, types.get(name, "string")) for name in columns]),
    )
