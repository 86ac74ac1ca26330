# SPDX-License-Identifier: Apache-2.0
"""The catalogue page works in a real browser, from a file."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import browser as browser
from tools.reference.pages import DOCS
from tools.reference.property_facts import all_properties

PAGE = (DOCS / "catalogue.html").as_uri()
ALL = len(all_properties())


@pytest.fixture
def page(browser: Chrome) -> Chrome:
    """Return the browser with the page in it."""
    browser.get(PAGE)
    return browser


def shown(page: Chrome) -> list[str]:
    """Return the names of the properties that the page shows."""
    items = page.find_elements(By.CSS_SELECTOR, "#rows > li")
    return [str(item.get_attribute("id")) for item in visible(items)]


def visible(elements: list[WebElement]) -> list[WebElement]:
    """Return those that a reader sees."""
    return [each for each in elements if each.is_displayed()]


def test_it_shows_all_properties(page: Chrome) -> None:
    """Without a word of the console: nothing is fetched, nothing fails."""
    assert len(shown(page)) == ALL
    count = page.find_element(By.ID, "count")
    assert count.text == f"{ALL} of {ALL} properties"
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]
    fetched = page.execute_script(
        "return performance.getEntriesByType('resource').length"
    )
    assert fetched == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("disk_bus", ["hw_disk_bus"]),
        ("HW_DISK_BUS", ["hw_disk_bus"]),
        # A legacy name.
        ("vmware_ostype", ["os_distro"]),
        ("kernel command line", ["os_command_line"]),
        ("nothing has this name", []),
    ],
)
def test_search(page: Chrome, words: str, expected: list[str]) -> None:
    """Names, legacy names, values and descriptions are searched."""
    page.find_element(By.ID, "words").send_keys(words)
    assert shown(page) == expected


@pytest.mark.parametrize(
    ("control", "value", "of"),
    [
        ("kind", "boolean", lambda each: each.definition.kind),
        ("class", "security", lambda each: each.definition.property_class),
        ("release", "2024.1", lambda each: each.releases),
        (
            "effect",
            "move",
            lambda each: (
                not each.definition.no_effect and each.definition.takes_effect
            ),
        ),
    ],
)
def test_filters(page: Chrome, control: str, value: str, of: object) -> None:
    """Each control leaves the properties that it names."""
    assert callable(of)
    expected = []
    for each in all_properties():
        found = of(each)
        if value in found if isinstance(found, tuple) else value == found:
            expected.append(each.name)
    assert 0 < len(expected) < ALL
    Select(page.find_element(By.ID, control)).select_by_value(value)
    assert shown(page) == expected


def test_a_row_is_opened_and_copied_by_keyboard(page: Chrome) -> None:
    """Tab from the search to the row, Enter opens it, Tab to the button."""
    words = page.find_element(By.ID, "words")
    words.send_keys("hw_disk_bus")
    page.switch_to.active_element.send_keys(Keys.TAB * 5)
    row = page.switch_to.active_element
    assert row.tag_name == "summary"
    row.send_keys(Keys.ENTER)
    details = page.find_element(By.CSS_SELECTOR, "#hw_disk_bus dl")
    assert "fdc, ide, sata, scsi, usb, virtio" in details.text
    row.send_keys(Keys.TAB)
    button = page.switch_to.active_element
    assert button.accessible_name == (
        "Copy the command that overrides hw_disk_bus"
    )
    button.send_keys(Keys.ENTER)
    WebDriverWait(page, 10).until(lambda _: button.text == "Copied")
    # What was copied can be pasted.
    words.clear()
    words.send_keys(Keys.CONTROL, "v")
    pasted = str(words.get_attribute("value"))
    assert pasted.startswith("openstack server create --image guest")
    assert "--image-prop-override hw_disk_bus=scsi my-server" in pasted


def test_a_link_opens_its_property(browser: Chrome) -> None:
    """As other pages link to one."""
    browser.get(f"{PAGE}#hw_vif_model")
    row = browser.find_element(By.CSS_SELECTOR, "#hw_vif_model > details")
    assert row.get_attribute("open")


def test_controls_have_names(page: Chrome) -> None:
    """What a screen reader says of them; the count is announced."""
    controls = page.find_elements(By.CSS_SELECTOR, "input, select")
    assert [each.accessible_name for each in controls] == [
        "Name or words",
        "Kind",
        "Class",
        "Release",
        "A change takes effect",
    ]
    assert page.find_element(By.ID, "count").aria_role == "status"


def test_narrow_screens(page: Chrome) -> None:
    """390 pixels are enough with every row open: nothing is cut off."""
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    width = page.execute_script(
        "document.querySelectorAll('details').forEach(e => e.open = true);"
        "return document.documentElement.scrollWidth"
    )
    assert width == 390


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_in_both_themes(page: Chrome, theme: str) -> None:
    """Text has WCAG's contrast of 4.5 to 1, also where it is soft."""
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": theme}]},
    )
    back = luminance(page, "body", "backgroundColor")
    assert (back < 0.5) == (theme == "dark")
    for selector in ("body", "p", ".tags", "summary code"):
        text = luminance(page, selector, "color")
        light, dark = max(text, back), min(text, back)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def luminance(page: Chrome, selector: str, style: str) -> float:
    """Return WCAG's relative luminance of a colour on the page."""
    colour = page.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0]))"
        "[arguments[1]].match(/[0-9.]+/g).slice(0, 3).map(Number)",
        selector,
        style,
    )
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
