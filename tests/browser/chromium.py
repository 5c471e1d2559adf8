"""A Chromium that is watched: what it requests, what it complains about, where the focus goes."""

import base64
import contextlib
import json
import os
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from waiting import PATIENCE, wait_until

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
SWITCHES = [
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    # Nothing but this machine can be reached; a page that asks for more is found out all the same.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "audit.js"),
          encoding="utf-8") as file:
    AUDIT = file.read()


class Browser:
    def __init__(self, profile):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for switch in [*SWITCHES, f"--user-data-dir={profile}",
                       *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        # Not known as a machine: its presses and openings are to count like a person's.
        self._agent = self._run("return navigator.userAgent").replace("HeadlessChrome", "Chrome")
        self._language, self._device, self._scheme = "en", {}, "light"
        self.first_window = self.driver.current_window_handle
        self.open("about:blank")
        self.forget()

    def quit(self):
        self.driver.quit()

    # --- how it looks at pages ---

    def become(self, language="en", width=1280, scheme="light", scale=1):
        """A person with this language and device. Holds for the window that is open now."""
        phone = width < 600
        self._language = language
        self._device = {"width": width, "height": 812 if phone else 800, "mobile": phone,
                        "deviceScaleFactor": scale}
        self._scheme = scheme
        return self.be_the_same()

    def be_the_same(self):
        """In a window that does not know it yet."""
        self._cdp("Emulation.setUserAgentOverride",
                  userAgent=self._agent, acceptLanguage=self._language)
        self._cdp("Emulation.setDeviceMetricsOverride", **self._device)
        self._prefer(self._scheme)
        return self

    def picture(self, path, until):
        """From the top of the page to a little below this element, as PNG."""
        bottom = self.find(until).rect["y"] + self.find(until).rect["height"] + 16
        image = self._cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                          clip={"x": 0, "y": 0, "width": self._device["width"],
                                "height": bottom, "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))

    # --- what a person does ---

    def open(self, url):
        self.driver.get(url)
        return self

    def show(self, html):
        """A page of the test's own."""
        return self.open("data:text/html;charset=utf-8," + urllib.parse.quote(html))

    @contextlib.contextmanager
    def inside(self, selector):
        """Within: everything is about the document in this frame."""
        self.driver.switch_to.frame(self.find(selector))
        yield
        self.driver.switch_to.default_content()

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def type(self, selector, text):
        self.find(selector).send_keys(text)

    def click(self, selector):
        self.find(selector).click()

    def press(self, selector, twice=False):
        """Clicks what leads to another page, and waits until that is there."""
        element = self.find(selector)
        if twice:
            self.lead_on(ActionChains(self.driver).double_click(element).perform)
        else:
            self.follow(element)

    def follow(self, element):
        self.lead_on(element.click)

    def lead_on(self, action):
        before = self._run("return performance.timeOrigin")
        action()
        wait_until(lambda: self._arrived(before), "another page")

    def skip_own_checks(self):
        """From now on this page's forms go out as they are, as from a program or an old browser."""
        self._run("for (const form of document.forms) form.noValidate = true")

    @contextlib.contextmanager
    def without_scripts(self):
        self._cdp("Emulation.setScriptExecutionDisabled", value=True)
        yield
        self._cdp("Emulation.setScriptExecutionDisabled", value=False)

    @contextlib.contextmanager
    def slow_network(self, milliseconds):
        """Each answer of a server takes so much longer."""
        unlimited = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        self._cdp("Network.emulateNetworkConditions", latency=milliseconds, **unlimited)
        yield
        self._cdp("Network.emulateNetworkConditions", latency=0, **unlimited)

    def press_keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def _arrived(self, before):
        state = self._run("return [performance.timeOrigin, document.readyState]")
        return state[0] != before and state[1] == "complete"

    # --- what it sees ---

    @property
    def url(self):
        return self.driver.current_url

    @property
    def heading(self):
        return self.find("h1").text

    @property
    def text(self):
        return self.find("body").text

    @property
    def language(self):
        return self._run("return document.documentElement.lang")

    def property_of(self, selector, name):
        return self.find(selector).get_property(name)

    def texts(self, selector):
        return [element.text for element in self.find_all(selector)]

    def leave_focus(self):
        self._run("document.activeElement.blur()")

    def is_in_view(self, selector):
        return self._run("""
            const box = document.querySelector(arguments[0]).getBoundingClientRect();
            return box.top >= 0 && box.bottom <= innerHeight;
        """, selector)

    def focused(self):
        """The selector of what has the focus."""
        return self._run("""
            const e = document.activeElement;
            if (!e || e === document.body) return '';
            return e.localName + (e.id ? '#' + e.id : '') + (e.className ? '.' + e.className : '');
        """)

    def focus_is_visible(self):
        """A part of a control, such as a date's calendar, is the browser's own, and so its mark."""
        return self._run("""
            if (!document.activeElement.matches(':focus')) return true;
            const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
        """)

    def described_by(self, selector):
        """The texts that assistive technology reads out with this control."""
        return self._run("""
            const ids = document.querySelector(arguments[0]).getAttribute('aria-describedby') || '';
            return ids.split(' ').filter(Boolean)
                .map((id) => document.getElementById(id).textContent.trim());
        """, selector)

    def tab_stops(self):
        """Where the tab key leads, from the top of the page to its end."""
        self.leave_focus()
        return list(self._tabbing())

    def tab_to(self, wanted):
        assert wanted in self._tabbing(), f"the tab key does not lead to {wanted}"

    def _tabbing(self):
        """Presses the tab key until the focus leaves the page or is back at the first stop."""
        for count in range(40):
            self.press_keys(Keys.TAB)
            stop = self.focused()
            if not stop or self._run("""
                window.firstStop = arguments[0] ? document.activeElement : window.firstStop;
                return !arguments[0] && window.firstStop === document.activeElement;
            """, count == 0):
                return
            assert self.focus_is_visible(), f"one cannot see that {stop} has the focus"
            yield stop
        raise AssertionError("the tab key does not come to an end")

    # --- what it did without being asked ---

    def requests(self):
        """The URLs requested since the last forget(), by whichever window. Without data: ones:
        pages may not load any, and Chromium draws its own calendar sign with one."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                parameters = message["params"]
                found.append(parameters.get("request", parameters)["url"])
        return [url for url in found if not url.startswith("data:")]

    def complaints(self):
        """The console since the last forget(), without the report that an answer was 4xx."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if "Failed to load resource: the server responded" not in entry["message"]]

    def forget(self):
        self.driver.get_log("performance")
        self.driver.get_log("browser")

    def check_page(self, language=None):
        """All that can be asked of any page, at 360 and 320 px and as it is."""
        assert self.language == (language or self._language), self.url
        findings = dict.fromkeys(self._run(AUDIT))
        for width in (360, 320):
            self._cdp("Emulation.setDeviceMetricsOverride", **{**self._device, "width": width})
            findings.update(dict.fromkeys(self._run(AUDIT)))
        self._cdp("Emulation.setDeviceMetricsOverride", **self._device)
        assert not findings, f"{self.url}: " + "\n".join(findings)

    def check_with_axe(self, axe, tags=()):
        """axe-core finds nothing, in light and in dark. `tags`: only its rules of these kinds."""
        options = {"runOnly": {"type": "tag", "values": list(tags)}} if tags else {}
        findings = []
        for scheme in ("light", "dark"):
            self._prefer(scheme)
            self._run(axe)
            found = self.driver.execute_async_script(
                "const done = arguments[arguments.length - 1];"
                "axe.run(document, arguments[0]).then(done, (fault) => done(String(fault)));",
                options)
            assert isinstance(found, dict) and found["passes"], f"axe did not run: {found}"
            findings += [f"{scheme}: {violation['id']}: {node['html']}: {node['failureSummary']}"
                         for violation in found["violations"] for node in violation["nodes"]]
        self._prefer(self._scheme)
        assert not findings, f"{self.url}: " + "\n".join(findings)

    def _prefer(self, scheme):
        self._cdp("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def check_frame(self, selector):
        """The same of a document in a frame, as far as a mail is asked for it."""
        frame = self.find(selector)
        ground = frame.value_of_css_property("background-color")
        with self.inside(selector):
            findings = self._run(AUDIT, ground)
            language = self.language
        assert not findings, f"{self.url}: " + "\n".join(findings)
        assert language == self._language

    # --- windows ---

    def new_window(self):
        self.driver.switch_to.new_window("window")
        return self.be_the_same()

    def close_other_windows(self):
        for window in self.driver.window_handles:
            if window != self.first_window:
                self.driver.switch_to.window(window)
                self.driver.close()
        self.driver.switch_to.window(self.first_window)

    def _run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def _cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)
