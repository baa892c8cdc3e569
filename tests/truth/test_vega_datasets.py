"""Every metric of every data set that comes with vega_datasets agrees with pandas and DuckDB."""

from pathlib import Path

import pandas as pd
import pytest
from vega_datasets import local_data

from frames import Frames, assert_agrees
from warehouses import Postgres, SQLite

pytest_plugins = ["databases"]
pytestmark = pytest.mark.usefixtures("mode")


@pytest.fixture(scope="module")
def datasets() -> Frames:
    names = local_data.list_datasets()
    return {name: getattr(local_data, name.replace("-", "_"))() for name in names}


def test_vega_datasets_on_postgres(datasets: Frames, postgres: Postgres, tmp_path: Path) -> None:
    postgres.copy(datasets)
    profiles = postgres.profile(tmp_path)
    assert sorted(profiles) == sorted(datasets)
    for name, frame in datasets.items():
        assert_agrees(frame, profiles[name])


def test_vega_datasets_on_sqlite(datasets: Frames, sqlite: SQLite) -> None:
    sqlite.copy(datasets)
    profiles = sqlite.profile()
    assert sorted(profiles) == sorted(datasets)
    for name, frame in datasets.items():
        moments = frame.select_dtypes("datetime")
        texts = {c: moments[c].dt.strftime("%Y-%m-%d %H:%M:%S") for c in moments}
        assert_agrees(frame.assign(**texts), profiles[name], dict.fromkeys(moments, "timestamp"))


def test_the_data_sets_have_every_type_of_a_frame(datasets: Frames) -> None:
    types = {str(t) for frame in datasets.values() for t in frame.dtypes}
    assert {"int64", "float64", "str"} < types
    assert any(pd.api.types.is_datetime64_any_dtype(t) for f in datasets.values() for t in f.dtypes)
