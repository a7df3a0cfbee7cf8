"""What a browser is called by people."""

from django import template

register = template.Library()

# The first that is in the text counts: most browsers also name those they descend from.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS": "Firefox",
    "Chrome/": "Chrome",
    "CriOS": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """Return "Firefox on Windows" for what a browser says of itself; a program nobody knows keeps its own first words."""
    called = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    if called and system:
        return f"{called} on {system}"
    return called or system or " ".join(user_agent.split())[:40] or "A browser that does not say its name"
