"""What people look at: pictures, the report behind its link, and the summary."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pytest
from dagster import (
    DagsterInstance,
    MarkdownMetadataValue,
    MetadataValue,
    PathMetadataValue,
    UrlMetadataValue,
)
from dagster_baselinr import build_baselinr_definitions, create_profiling_assets

from support import Sqlite, failure, materializations, metadata, run

SVG = "{http://www.w3.org/2000/svg}"
FINDINGS = {"table", "severity", "column", "metric", "test", "change_percent", "reason"}


def test_a_table_has_a_picture_that_is_shown_at_once_and_one_that_is_opened(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    definitions = build_baselinr_definitions(sqlite.configure("orders"))
    sqlite.table("orders", rows=50, columns=40)
    run(definitions, instance)
    sqlite.table("orders", rows=50, columns=40, offset=30)
    result = run(definitions, instance)

    (recorded, _) = materializations(result)
    assert isinstance(recorded.metadata["picture"], MarkdownMetadataValue)
    assert isinstance(recorded.metadata["picture_full"], MarkdownMetadataValue)
    pictures = metadata(result, "baselinr_orders")
    assert len(pictures["picture"]) < 1000 < len(pictures["picture_full"])
    for key, columns in {"picture": 3, "picture_full": 24}.items():
        found = re.match(r"!\[([^\]]*)\]\(data:image/svg\+xml,([^\s()]+)\)", pictures[key])
        assert found, pictures[key]
        # Both runs are there: in the words and in the lines.
        assert re.match(r"drift high: c0 [▁-█]+ was [▁-█]+, c1 ", found[1])
        svg = ET.fromstring(unquote(found[2]))
        assert svg.tag == f"{SVG}svg"
        assert len(svg.findall(f"{SVG}text")) >= columns
        assert svg.findall(f"{SVG}path[@stroke]")


def test_the_report_is_where_the_metadata_says(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("a")
    sqlite.table("b")
    reports = sqlite.folder / "reports"
    reports.mkdir()
    config = sqlite.configure("a", "b")
    result = run(build_baselinr_definitions(config, report_dir=str(reports)), instance)

    (page,) = reports.iterdir()
    assert page.name.startswith(result.run_id)
    assert "<!DOCTYPE html>" in page.read_text()
    assert [m.metadata["report"] for m in materializations(result)] == [
        PathMetadataValue(str(page))
    ] * 3  # the summary's, too

    linked = build_baselinr_definitions(
        config, report_dir=str(reports), report_url="https://reports.example.com/shop/"
    )
    result = run(linked, instance, only=["baselinr_a"])
    (recorded,) = materializations(result)
    link = recorded.metadata["report"]
    assert isinstance(link, UrlMetadataValue)
    assert link.url
    assert link.url.startswith("https://reports.example.com/shop/")
    assert (reports / link.url.rpartition("/")[2]).is_file()


def test_steps_side_by_side_have_a_report_each(sqlite: Sqlite, instance: DagsterInstance) -> None:
    sqlite.table("a")
    sqlite.table("b")
    reports = sqlite.folder / "reports"
    reports.mkdir()
    definitions = build_baselinr_definitions(
        sqlite.configure("a", "b"), tables_per_step=1, report_dir=str(reports)
    )
    result = run(definitions, instance)

    assert result.success
    paths = {metadata(result, name)["report"] for name in ("baselinr_a", "baselinr_b")}
    assert {Path(path) for path in paths} == set(reports.iterdir())
    assert len(paths) == 2


def test_a_folder_of_reports_that_is_missing_fails_before_anything_is_profiled(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a")
    missing = str(sqlite.folder / "misspelt")
    config = sqlite.configure("a")
    result = run(build_baselinr_definitions(config, report_dir=missing), instance)
    assert not result.success
    assert "its folder must exist" in failure(result)
    assert materializations(result) == []
    with pytest.raises(ValueError, match="report_url needs report_dir"):
        create_profiling_assets(config, report_url="https://reports.example.com")


def test_the_summary_has_totals_that_plot_and_the_worst_findings(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    definitions = build_baselinr_definitions(sqlite.configure("calm", "moved", "grown"))
    for name in ("calm", "moved", "grown"):
        sqlite.table(name, rows=10)
    first = metadata(run(definitions, instance), "baselinr_summary")
    assert first["tables_profiled"] == first["tables_completed"] == 3
    assert (first["row_count"], first["drift_count"], first["drift_severity"]) == (30, 0, "none")
    assert first["worst_findings"] == []

    sqlite.table("moved", rows=10, offset=100)
    sqlite.table("grown", rows=11)
    result = run(definitions, instance)
    summary = metadata(result, "baselinr_summary")
    tables = [metadata(result, f"baselinr_{name}") for name in ("calm", "moved", "grown")]
    assert summary["row_count"] == 31
    assert summary["tables_drifted"] == 2
    assert summary["drift_severity"] == "high"
    for key in ("drift_count", "drift_high", "drift_medium", "drift_low", "anomalies_count"):
        assert summary[key] == sum(table[key] for table in tables)
        assert type(summary[key]) is int
    found = [record.data for record in summary["worst_findings"]]
    assert len(found) == sum(len(table["drift_findings"]) for table in tables)
    assert all(set(finding) == FINDINGS for finding in found)
    order = [("high", "medium", "low").index(str(finding["severity"])) for finding in found]
    assert order == sorted(order)
    assert {finding["table"] for finding in found} == {"moved", "grown"}


def test_the_summary_counts_each_table_by_what_is_recorded_last(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    definitions = build_baselinr_definitions(sqlite.configure("a", "b", "never"))
    sqlite.table("a", rows=10)
    sqlite.table("b", rows=5)
    run(definitions, instance, only=["baselinr_a", "baselinr_b"])
    sqlite.table("b", rows=7)
    summary = metadata(
        run(definitions, instance, only=["baselinr_b", "baselinr_summary"]), "baselinr_summary"
    )
    assert summary["row_count"] == 17
    assert summary["tables_profiled"] == 3
    assert summary["tables_completed"] == 1
    assert summary["tables_without_result"] == 1
    assert summary["table_list"] == MetadataValue.md("- a\n- b\n- never").value


def test_the_summary_of_steps_is_the_same_as_of_one(
    sqlite: Sqlite, instance: DagsterInstance
) -> None:
    sqlite.table("a", rows=10)
    sqlite.table("b", rows=5)
    config = sqlite.configure("a", "b")
    summary = metadata(
        run(build_baselinr_definitions(config, tables_per_step=1), instance), "baselinr_summary"
    )
    assert (summary["tables_completed"], summary["row_count"]) == (2, 15)
