# SPDX-License-Identifier: Apache-2.0
"""How a user works in the dashboard, in a real browser."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from sandbox.settings import PASSWORD

# A loaded machine takes several times what an idle one does.
PATIENCE_SECONDS = 90
STEP_TITLE = "Image Properties"
_TAB = "#instance_details__image_props_override"
# A folder; unset: no pictures are taken.
_PICTURES = os.environ.get("SCREENSHOTS")
# The bodies of a page's requests from then on, by URL.
_LISTEN = """
window.sentBodies = [];
const open = XMLHttpRequest.prototype.open;
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.open = function (method, url) {
  this.asked = method + ' ' + url;
  return open.apply(this, arguments);
};
XMLHttpRequest.prototype.send = function (body) {
  window.sentBodies.push([this.asked, body]);
  return send.apply(this, arguments);
};
"""


class DashboardUser:
    """What a user does in the dashboard."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        """Work in a browser, at a dashboard's URL with a slash at its end."""
        self.browser = browser
        self.url = url
        browser.set_window_size(1280, 1100)

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Return what a condition returns as soon as that is true."""
        return WebDriverWait(
            self.browser,
            PATIENCE_SECONDS,
            ignored_exceptions=[Exception],
        ).until(lambda _browser: condition(), what)

    def one(self, css: str) -> WebElement:
        """Return the first visible element, as soon as there is one."""
        found: WebElement = self.wait(
            lambda: self.visible(css)[0], f"no visible {css}"
        )
        return found

    def visible(self, css: str) -> list[WebElement]:
        """Return the elements that are visible now."""
        return [
            each
            for each in self.browser.find_elements(By.CSS_SELECTOR, css)
            if each.is_displayed()
        ]

    def log_in(self, user: str) -> None:
        """Log in as one of the sandbox's users."""
        self.browser.get(f"{self.url}auth/login/")
        self.one("#id_username").send_keys(user)
        self.one("#id_password").send_keys(PASSWORD)
        self.click("#loginBtn")
        self.wait(
            lambda: "/auth/login" not in self.browser.current_url,
            "logged in",
        )

    def click(self, css: str) -> None:
        """Click on an element as soon as that is possible."""

        def clicked() -> bool:
            self.one(css).click()
            return True

        self.wait(clicked, f"cannot click {css}")

    def open_launch_form(self) -> None:
        """Open Launch Instance."""
        self.browser.get(f"{self.url}project/instances/")
        self.click("#instances__action_launch-ng")
        self.one("input[name=name]")

    def step_titles(self) -> list[str]:
        """Return the names of the form's steps."""
        return [
            each.text.removesuffix("*").strip()
            for each in self.browser.find_elements(
                By.CSS_SELECTOR, ".wizard-nav a"
            )
            if each.is_displayed()
        ]

    def step(self, title: str) -> None:
        """Go to a step of the form."""

        def gone() -> bool:
            for each in self.browser.find_elements(
                By.CSS_SELECTOR, ".wizard-nav a"
            ):
                if each.text.removesuffix("*").strip() == title:
                    each.click()
                    return True
            return False

        self.wait(gone, f"no step {title}")

    def allocate(self, name: str) -> None:
        """Choose a row of the step's table of what is available."""

        def chosen() -> bool:
            for row in self.browser.find_elements(
                By.XPATH, f"//tr[td[normalize-space()='{name}']]"
            ):
                if row.is_displayed():
                    row.find_element(By.CSS_SELECTOR, "button").click()
                    return True
            return False

        self.wait(chosen, f"cannot choose {name}")

    def fill_form(self, name: str, image: str, flavor: str) -> None:
        """Fill in what stock Horizon asks for; the network is chosen."""
        self.one("input[name=name]").send_keys(name)
        self.step("Source")
        for label in self.browser.find_elements(
            By.XPATH, "//label[normalize-space()='No']"
        ):
            if label.is_displayed():
                label.click()
        self.allocate(image)
        self.step("Flavor")
        self.allocate(flavor)

    def row(self, name: str) -> WebElement:
        """Return the row of a property in our step."""
        return self.one(f"#image-props-table tr[data-property='{name}']")

    def choose(self, name: str, value: str) -> None:
        """Choose the value of a property in our step."""
        self.row(name)
        Select(self.one(f"[id='image-prop-{name}']")).select_by_visible_text(
            value
        )

    def type_value(self, name: str, value: str) -> None:
        """Type the value of a property in our step."""
        self.row(name)
        field = self.one(f"[id='image-prop-{name}']")
        field.clear()
        field.send_keys(value)

    def reset(self, name: str) -> None:
        """Undo the change of a property in our step."""
        self.click(f"tr[data-property='{name}'] .image-prop-reset")

    def remove(self, name: str) -> None:
        """Remove the image's property in our step."""
        self.click(f"tr[data-property='{name}'] .image-prop-remove")

    def has_tab(self, server_id: str) -> bool:
        """Return whether a server's details have our tab."""
        self.browser.get(f"{self.url}project/instances/{server_id}/")
        self.one("a[data-target='#instance_details__overview']")
        return bool(
            self.browser.find_elements(
                By.CSS_SELECTOR, f"a[data-target='{_TAB}']"
            )
        )

    def open_tab(self, server_id: str) -> None:
        """Open our tab of a server's details, as a user does."""
        self.browser.get(f"{self.url}project/instances/{server_id}/")
        self.click(f"a[data-target='{_TAB}']")
        self.one("#image-props-of-server")

    def properties(self) -> dict[str, tuple[str, str, str]]:
        """Return value, origin and image's value of each property shown."""
        return {
            cells[0].text: (cells[1].text, cells[2].text, cells[3].text)
            for row in self.browser.find_elements(
                By.CSS_SELECTOR, "#image-props-of-server tr[data-row]"
            )
            if (cells := row.find_elements(By.CSS_SELECTOR, "th, td"))
        }

    def open_rebuild_form(self, server_id: str, image: str) -> None:
        """Open Rebuild Instance from the list, and choose an image."""
        row = f"#instances__row__{server_id}"
        self.browser.get(f"{self.url}project/instances/")
        self.click(f"{row} .dropdown-toggle")
        self.click(f"{row} [id$=action_rebuild]")
        choice = Select(self.one("#id_image"))
        choice.select_by_visible_text(
            next(
                option.text
                for option in choice.options
                if option.text.startswith(f"{image} (")
            )
        )

    def submit_rebuild(self) -> None:
        """Send the form."""
        self.click("#rebuild_instance_modal .modal-footer .btn-primary")

    def forget_cached_pages(self) -> None:
        """Let the browser ask for scripts and pages anew."""
        self.browser.execute_cdp_cmd("Network.clearBrowserCache", {})

    def listen(self) -> None:
        """Note what this page sends from now on."""
        self.browser.execute_script(_LISTEN)

    def sent(self, request: str) -> str:
        """Return the body of the first request whose URL ends so."""
        body: str = self.wait(
            lambda: next(
                body
                for asked, body in self.browser.execute_script(
                    "return window.sentBodies"
                )
                if asked.endswith(request)
            ),
            f"{request} was not sent",
        )
        return body

    def take_picture(self, name: str) -> None:
        """Write a picture of the page for the docs, if they are asked for."""
        if _PICTURES:
            # Not with a message that is fading, or a cursor that blinks.
            self.browser.execute_script("document.activeElement.blur()")
            self.browser.save_screenshot(str(Path(_PICTURES) / f"{name}.png"))
