"""Comments as HTML: a subset of Markdown, with mathematics. Pure.

Paragraphs, emphasis, code, quotes, lists and links, no headings, images or HTML of the writer's own. Mathematics between
dollars, or \\( and \\), stays TeX in `<span class="tex">` as everywhere (bzpeer/typesetting).
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.texmath import texmath_plugin

from bzpeer.claims.links import LinkRefused, checked_link

LONGEST = 8_000
"""Characters of a comment."""
_DEEPEST = 6
"""Quotes in quotes and lists in lists beyond this are text."""
_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"}
_ATTRIBUTES = {"a": {"href"}, "span": {"class", "data-display"}, "ol": {"start"}}


def _tex(content: str, display: bool) -> str:
    return f'<span class="tex"{" data-display" if display else ""}>{escape(content.strip(), quote=False)}</span>'


def _math(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    token = tokens[index]
    written = _tex(token.content, "block" in token.type or "double" in token.type)
    return f"<p>{written}</p>" if "block" in token.type else written


def _reader() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"maxNesting": _DEEPEST * 2, "linkify": False})
    markdown.enable(["emphasis", "strikethrough", "backticks", "fence", "blockquote", "list", "link", "autolink", "newline", "escape"])
    markdown.options["breaks"] = True
    markdown.use(dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True)  # "$5 and $10" are prices
    markdown.use(texmath_plugin, delimiters="brackets")
    for kind in ("math_inline", "math_inline_double", "math_block", "math_block_eqno"):
        markdown.add_render_rule(kind, _math)
    return markdown


_MARKDOWN = _reader()


def rendered(body: str) -> SafeString:
    """Return a comment as HTML that cannot execute; links leave without this portal's recommendation."""
    html = _MARKDOWN.render(body[:LONGEST])
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_kept, link_rel="nofollow ugc noopener")
    return mark_safe(safe)  # noqa: S308  # cleaned to a closed set of elements


def _kept(element: str, attribute: str, value: str) -> str | None:
    """Keep an address that leads where it says, and of classes only the one of mathematics."""
    if attribute == "href":
        try:
            return checked_link(label="", url=value).url
        except LinkRefused:
            return None
    if attribute == "class":
        return value if value == "tex" else None
    return value


def quoted(body: str, *, longest: int = 600) -> str:
    """Return the beginning of a comment as a Markdown quote, to answer under it."""
    shown = body if len(body) <= longest else body[:longest].rsplit(maxsplit=1)[0] + " …"
    return "\n".join(f"> {line}".rstrip() for line in shown.splitlines()) + "\n\n"
