"""The example job of examples/pipes runs as its README says."""

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "pipes"


@pytest.fixture
def binary(tmp_path: Path) -> str:
    path = str(tmp_path / "orders")
    subprocess.run(["go", "build", "-o", path, "./examples/pipes"], cwd=ROOT, check=True)
    return path


def load_definitions() -> Any:
    spec = importlib.util.spec_from_file_location("orders_example", EXAMPLE / "definitions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_job_materializes_and_checks(
    binary: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_BINARY", binary)
    module = load_definitions()
    result = dg.materialize(
        [module.orders], instance=instance, resources={"pipes": dg.PipesSubprocessClient()}
    )
    (materialization,) = result.asset_materializations_for_node("orders")
    assert materialization.metadata["dagster/row_count"] == dg.MetadataValue.int(4)
    totals = materialization.metadata["totals"]
    assert isinstance(totals, dg.TableMetadataValue)
    assert [record.data for record in totals.records] == [
        {"shop": "Berlin", "total": 20.0},
        {"shop": "Paris", "total": 16.0},
    ]
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.metadata == {"refunds": dg.MetadataValue.int(1)}


def test_the_program_runs_by_hand(binary: str) -> None:
    process = subprocess.run(
        [binary], cwd=EXAMPLE, env={}, text=True, capture_output=True, check=True
    )
    assert "read orders path=orders.csv rows=4" in process.stderr
    assert "report_asset_check" in process.stderr
