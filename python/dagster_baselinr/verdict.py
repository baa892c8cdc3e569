"""What the binary found of a run, as the result of an asset check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
)

from .plan import PlannedTable
from .severity import SEVERITIES, SEVERITY_METADATA, Severity

FINDINGS_SHOWN = 100
REASONS_SHOWN = 3
COLUMNS = ("severity", "column", "reason", "metric", "test", "baseline", "current")


@dataclass(frozen=True)
class Check:
    """Which findings a check looks at; all of them where neither metrics nor tests are named.

    `needs` says what of a config makes such findings.
    """

    description: str
    needs: str
    metrics: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()

    def compared(self, table: PlannedTable) -> bool:
        """Whether the config compares such a thing of a table."""
        if table.drift_tests is not None:
            return not self.tests or not self.tests.isdisjoint(table.drift_tests)
        return not self.metrics.isdisjoint(table.metrics) if self.tests else True

    def looks_at(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding is of this check."""
        everything = not self.metrics and not self.tests
        return everything or finding["metric"] in self.metrics or finding["test"] in self.tests


CHECKS: Mapping[str, Check] = {
    "drift": Check("Nothing that is measured of the table has drifted.", "every config has it"),
    "schema": Check("No column was added, removed, renamed or retyped.", "every config has it"),
    "null_ratio": Check(
        "Columns have as many nulls as before.",
        "the config has to ask for the metric `null_ratio`, or for the test of this name",
        frozenset({"null_ratio", "null_count"}),
        frozenset({"null_ratio"}),
    ),
    "row_count": Check(
        "The table has about as many rows as before.",
        "the config has to ask for the metric `count`, or for the test `row_count`",
        frozenset({"count"}),
        frozenset({"row_count"}),
    ),
    "freshness": Check(
        "The newest point in time of each column is as young as before.",
        "drift_detection needs `strategy: statistical`, `freshness` among its `tests`, and a"
        " baseline of several runs",
        tests=frozenset({"freshness"}),
    ),
}


def verdict(
    check: str,
    key: AssetCheckKey,
    compared: Mapping[str, Any],
    warn_from: Severity,
    error_from: Severity,
) -> AssetCheckResult:
    """Return the result of a check of a run, which `baselinr-pipes drift -o json` has compared.

    It has failed where a finding, or a change of the schema, that is not muted or accepted is as
    severe as `warn_from`.
    """
    drift = compared["drift"]
    if check == "schema":
        found = [c for c in compared["schema_changes"] or () if not c.get("muted")]
        said = [_change(change) for change in found]
    else:
        found = [f for f in drift["findings"] or () if not f["muted"] and CHECKS[check].looks_at(f)]
        # The number of rows is a finding of each column, and so are its reasons.
        lines = (f"{f['severity']}: {f['column']}: {f['reason']}" for f in found)
        said = list(dict.fromkeys(lines))
    worst = max((f["severity"] for f in found), key=SEVERITIES.index, default="none")
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not _reaches(worst, warn_from),
        severity=AssetCheckSeverity.ERROR
        if _reaches(worst, error_from)
        else AssetCheckSeverity.WARN,
        description=_description(said, drift.get("note")),
        metadata={
            "run_id": compared["run_id"],
            "baseline_run_id": drift.get("baseline_run_id"),
            SEVERITY_METADATA: worst,
            "findings": len(found),
            **({"schema_changes": MetadataValue.json(found)} if check == "schema" else {}),
            **({"drift_findings": _table(found)} if found and check != "schema" else {}),
        },
    )


def _reaches(severity: str, limit: str) -> bool:
    return severity != "none" and SEVERITIES.index(severity) >= SEVERITIES.index(limit)


def _description(said: Sequence[str], note: str | None) -> str:
    if not said:
        return note or "nothing was found"
    more = len(said) - REASONS_SHOWN
    shown = [*said[:REASONS_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join(f"- {it}" for it in shown)  # Dagster shows it as Markdown


def _change(change: Mapping[str, Any]) -> str:
    types = [change[it] for it in ("old_type", "new_type") if change.get(it)]
    before = change.get("old_column_name")
    return " ".join(
        [
            f"{change['severity']}:",
            change["type"].replace("_", " "),
            change.get("column") or change.get("partition_info") or "",
            *([f"(was {before})"] if before and before != change.get("column") else []),
            *([f"({' → '.join(types)})"] if types else []),
        ]
    )


def _table(findings: Sequence[Mapping[str, Any]]) -> MetadataValue:
    return MetadataValue.table(
        [TableRecord({it: _shown(f[it]) for it in COLUMNS}) for f in findings[:FINDINGS_SHOWN]]
    )


def _shown(value: Any) -> Any:
    return float(f"{value:.7g}") if isinstance(value, float) else value
