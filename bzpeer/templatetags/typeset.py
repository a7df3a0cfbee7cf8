"""Template filters for text from outside: `{% load typeset %}`.

`{{ work.title|typeset }}` on one line, `{{ work.abstract|typeset_paragraphs }}` as paragraphs,
`{{ work.abstract|typeset_excerpt:280 }}` shortened on one line, `{{ work.title|plain_text }}` for `<title>`, meta elements and labels.
"""

from django import template
from django.utils.safestring import SafeString, mark_safe

from bzpeer import typesetting

register = template.Library()


@register.filter
def typeset(text: str | None) -> SafeString:
    """One line of HTML; mathematics in `<span class="tex">`."""
    return mark_safe(typesetting.inline_html(text or ""))  # noqa: S308  # typesetting escapes every character it did not write itself


@register.filter
def typeset_paragraphs(text: str | None) -> SafeString:
    """Paragraphs of HTML, web addresses linked."""
    return mark_safe(typesetting.paragraphs_html(text or ""))  # noqa: S308  # as above


@register.filter
def typeset_excerpt(text: str | None, length: int = 280) -> SafeString:
    """The first `length` characters or so, on one line."""
    return mark_safe(typesetting.excerpt_html(text or "", length))  # noqa: S308  # as above


@register.filter
def plain_text(text: str | None) -> str:
    """Readable text without markup. Not marked safe: the template escapes it."""
    return typesetting.plain(text or "")
