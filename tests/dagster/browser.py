"""Debian's Chromium on Dagster's web UI, and the screenshots that are kept of it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from support import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
SECONDS = 45  # a page of a busy machine is waited for so long


class Browser:
    """A page of Dagster's UI."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def text(self, text: str, *, within: Locator | None = None) -> Locator:
        """Wait until a text is seen, which stands there alone, and return its place."""
        found = (within or self.page).get_by_text(text, exact=True).first
        expect(found).to_be_visible()
        return found

    def click(self, button: str) -> None:
        self.page.get_by_role("button", name=button).first.click()  # icons have names, too

    def row(self, key: str) -> Locator:
        """Return the row of a key in a table of metadata, once it is there."""
        cell = self.page.locator("td", has_text=re.compile(f"^{re.escape(key)}$")).first
        expect(cell).to_be_visible()
        return cell.locator("xpath=ancestor::tr[1]")

    def value(self, key: str) -> str:
        """Return what is seen of a metadata value."""
        return self.row(key).locator("td").nth(1).inner_text()

    def records(self, key: str) -> list[dict[str, str]]:
        """Return what is seen of a metadata value that is a table."""
        table = self.row(key).locator("table")
        names = table.locator("thead th").all_inner_texts()
        return [
            dict(zip(names, row.locator("td").all_inner_texts(), strict=True))
            for row in table.locator("tbody tr").all()
        ]

    def keep(self, name: str, clip: FloatRect | None = None) -> None:
        """Keep a screenshot, in build/screenshots."""
        expect(self.page.get_by_text("Loading").filter(visible=True)).to_have_count(0)
        self.page.wait_for_timeout(500)  # for what still moves: no test depends on it
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", clip=clip, animations="disabled")


@contextmanager
def chromium(address: str) -> Iterator[Browser]:
    """Start the Chromium of this system, which is installed where it is missing and may be."""
    program = subprocess.run(
        [ROOT / "tests/chromium.sh"], check=True, capture_output=True, text=True
    ).stdout.strip()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, timezone_id="UTC")
        page.set_default_timeout(SECONDS * 1000)
        try:
            yield Browser(page, address)
        finally:
            browser.close()
