"""Template filters for trust: `{% load trusting %}`, `{{ level|level_meaning }}`, `{{ level|level_mark }}`."""

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from researchers.trust import level_in_words

register = template.Library()


@register.filter
def level_meaning(level: object) -> str:
    """What a verification level means, in a sentence."""
    return level_in_words(level) if isinstance(level, int) else ""


@register.filter
def level_mark(level: object) -> SafeString:
    """The level as a quiet mark behind a name (static/css/components/chip.css); told to screen readers once a record is claimed.

    A filter and no included template: a page of works names hundreds of people.
    """
    return _mark(int(level)) if isinstance(level, int) else SafeString("")


@cache
def _mark(level: int) -> SafeString:
    told = format_html('<span class="visually-hidden"> (verified L{})</span>', level) if level > 1 else ""
    return format_html(
        '<span class="level-mark badge--l{}" title="Verification L{}: {}"><span class="badge__mark"></span>{}</span>',
        level, level, level_in_words(level), told,
    )  # fmt: skip
