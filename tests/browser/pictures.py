"""Writes the pictures of the README anew:  /usr/bin/python3 tests/browser/pictures.py docs"""

import os
import pathlib
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, "e2e")]

from chromium import Browser  # noqa: E402
from demo import Demo  # noqa: E402

WIDTH, SCALE = 480, 1.25  # CSS pixels, and how many of the picture each has: 600 across


def take_pictures(browser, demo, folder):
    browser.become(width=WIDTH, scale=SCALE)
    browser.open(f"{demo.url}/forms/newsletter?lang=en")
    browser.type("#email", "anna@example.org")
    browser.type("#field-first_name", "Anna")
    browser.find("#field-favourite_tea option[value=Darjeeling]").click()
    browser.click("label[for=consent-newsletter]")
    browser.leave_focus()
    browser.picture(folder / "form.png", until="article")
    browser.press("button")

    demo.wait_for_mail("anna@example.org")
    browser.open(f"{demo.url}/demo/mailbox").press("section a")
    browser.press("pre a[href*='/confirm/']")
    browser.picture(folder / "confirm.png", until="article")
    browser.press("button")

    browser.open(f"{demo.url}/demo/contacts")
    browser.picture(folder / "contacts.png", until="section")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        demo = Demo(os.path.join(scratch, "demo"))
        browser = Browser(os.path.join(scratch, "profile"))
        try:
            take_pictures(browser, demo, folder)
        finally:
            browser.quit()
            demo.stop()


if __name__ == "__main__":
    main()
