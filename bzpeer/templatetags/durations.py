"""Lengths of time in words."""

from datetime import timedelta

from django import template

register = template.Library()

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@register.filter
def in_words(took: timedelta | None) -> str:
    """Return "3 days", "5 hours" or "less than a minute"; "not known" for None. Two of a unit before a greater one is used."""
    if took is None:
        return "not known"
    seconds = took.total_seconds()
    for name, length in _UNITS:
        if seconds >= 2 * length or (seconds >= length and name == "minute"):
            number = round(seconds / length)
            return f"{number} {name}{'s' if number != 1 else ''}"
    return "less than a minute"
