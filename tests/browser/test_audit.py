"""The judges themselves: what they are there to find, they find."""

import pytest

GOOD = """<!DOCTYPE html><html lang=en><meta charset=utf-8><title>A page</title>
<meta name=viewport content="width=device-width">
<style>body {{ background: #fff; color: #222 }} button, input {{ min-height: 44px; width: 80px }}
{style}</style><body><main><h1>A page</h1>{body}</main>"""
FAULTS = {
    "there is a script": "<script>1</script>",
    "a handler onclick": "<p onclick='go()'>text</p>",
    "there are 2 h1": "<h1>again</h1>",
    "the id a twice": "<p id=a>one</p><p id=a>two</p>",
    "names nothing": "<button aria-describedby=missing>press</button>",
    "a level of headings": "<h4>deep</h4>",
    "px wide in a window": "<div style='width:2000px'>wide</div>",
    "out of the window": "<div style='position:absolute;left:-20px'>left</div>",
    "cut off": "<div style='width:20px;overflow:hidden;white-space:nowrap'>too long</div>",
    "no label": "<input type=text>",
    "no text": "<button></button>",
    "no title": "<iframe></iframe>",
    "a target of 80.0 × 20.0": "<button style='min-height:20px;height:20px'>low</button>",
    "a link of": "<p><a href='#x' style='font-size:9px'>small</a></p>",
    "text with a contrast of 2.8": "<p style='color:#999'>pale</p>",
    "text with a contrast of 1.0": "<p style='color:rgb(0 0 0 / 1%)'>thin</p>",
    "what is typed with a contrast": "<label>a<input style='color:#ccc;background:#fff'></label>",
    "an edge with a contrast": "<label>a<input style='border:1px solid #ddd'></label>",
}


def page(body="", style=""):
    return GOOD.format(body=body, style=style)


def test_nothing_is_found_in_a_good_page(browser):
    browser.show(page("<label>Name <input></label><button>Send</button>"))
    browser.check_page("en")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(browser, fault):
    browser.show(page(FAULTS[fault]))
    with pytest.raises(AssertionError, match=fault):
        browser.check_page("en")


def test_axe_finds_what_is_wrong_in_one_scheme_only(browser, axe):
    """And finds nothing in a good page; the browser is afterwards as it was."""
    meta = "<meta name=color-scheme content='light dark'>"
    browser.become(scheme="dark")
    browser.show(page(meta + "<label>Name <input></label>"))
    browser.check_with_axe(axe)
    pale = "@media (prefers-color-scheme: light) { p { color: #aaa } }"
    browser.show(page(meta + "<p>text</p>", pale))
    with pytest.raises(AssertionError, match="light: color-contrast"):
        browser.check_with_axe(axe)
    assert browser.find("p").value_of_css_property("color") == "rgba(34, 34, 34, 1)"


def test_wrong_language_is_found(browser):
    browser.show(page())
    with pytest.raises(AssertionError):
        browser.check_page("de")


def test_requests_and_complaints_are_seen(browser):
    picture = "https://elsewhere.example/dot.png"
    policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">"
    browser.show(page(f"{policy}<script>1</script><img alt='' src='{picture}'>"))
    assert picture in browser.requests()
    assert any("Content Security Policy" in message for message in browser.complaints())


def test_focus_that_cannot_be_seen_is_found(browser):
    browser.show(page("<button>Send</button>", style=":focus { outline: none }"))
    with pytest.raises(AssertionError, match="one cannot see"):
        browser.tab_stops()
