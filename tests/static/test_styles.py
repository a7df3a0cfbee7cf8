"""The style sheets, where a slip would not be seen on every screen."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))


def schemes() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The light tokens, the dark ones by the system's wish, the dark ones by the reader's switch."""
    light, by_system, by_switch = re.findall(r":root[^{,]*\{(.*?)\n\s*\}", (STATIC / "css/tokens.css").read_text(), re.DOTALL)[:3]
    return tokens(light), tokens(by_system), tokens(by_switch)


def test_the_dark_scheme_is_the_same_by_system_and_by_switch():
    light, by_system, by_switch = schemes()
    assert by_system == by_switch
    assert set(by_switch) <= set(light)
    assert {name for name, value in light.items() if value.startswith("#")} == {
        name for name, value in by_switch.items() if value.startswith("#")
    }


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


KINDS = ("researcher", "work", "topic", "institution")
INKS = ("ink", "ink-soft", "ink-faint", "accent", "accent-strong", "bad", "warn", "good")
TEXT = [
    *((ink, ground) for ink in INKS for ground in ("paper", "paper-sunk", "paper-raised")),
    *((f"kind-{kind}-ink", ground) for kind in KINDS for ground in (f"kind-{kind}-wash", "paper")),
    *(("ink", ground) for ground in ("accent-wash", "warn-wash", "bad-wash", "good-wash", "mark")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
]
SHAPES = [
    *((f"kind-{kind}", ground) for kind in KINDS for ground in ("paper", "paper-sunk")),
    ("control-line", "paper"),
    ("focus", "paper"),
]


@pytest.mark.parametrize("scheme", [0, 2], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_every_colour_stands_out_from_its_ground(scheme, pairs, least):
    named = schemes()[scheme]
    weak = {(one, other): round(contrast(named[f"--{one}"], named[f"--{other}"]), 2) for one, other in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}


def test_every_icon_a_template_names_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons/sprite.svg").read_text()))
    named = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'components/icon\.html" with name="([^"]+)"', template.read_text())
    }
    assert named
    assert named <= drawn


def test_no_template_styles_or_scripts_inline():
    """The content security policy would refuse it silently for most readers. Mail has no policy and no other way."""
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\b(?:src|type=\"application/))")
    guilty = [
        str(template.relative_to(TEMPLATES))
        for template in TEMPLATES.rglob("*.html")
        if "email" not in template.parts and inline.search(template.read_text())
    ]
    assert guilty == []


def test_every_variable_a_style_uses_is_a_token_or_its_own():
    sheets = list((STATIC / "css").rglob("*.css"))
    everything = "\n".join(sheet.read_text() for sheet in sheets)
    used, named = set(re.findall(r"var\((--[\w-]+)\)", everything)), set(re.findall(r"(--[\w-]+)\s*:", everything))
    assert used - named == set()
