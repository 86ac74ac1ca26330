# SPDX-License-Identifier: Apache-2.0
"""How a user works in the dashboard, in a real browser."""

from collections.abc import Callable
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from sandbox.settings import PASSWORD

# A loaded machine takes several times what an idle one does.
PATIENCE_SECONDS = 90
STEP_TITLE = "Image Properties"


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
            lambda: next(
                each
                for each in self.browser.find_elements(By.CSS_SELECTOR, css)
                if each.is_displayed()
            ),
            f"no visible {css}",
        )
        return found

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
