"""Text from arXiv's HTML (LaTeXML's) and other papers in HTML. Nothing is fetched and nothing runs: lxml parses without network."""

from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from bzpeer.reports.texts.extracted import LONGEST_TEXT, Extracted, Unreadable

_PASSED_OVER = frozenset({"script", "style", "nav", "button", "svg", "noscript", "template", "head", "iframe", "object", "form"})
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "tr",
        "table",
        "figure",
        "figcaption",
        "blockquote",
        "pre",
        "br",
        "dd",
        "dt",
    }
)
_CHROME = ("ltx_page_navbar", "ltx_page_footer", "ltx_page_header", "ltx_TOC", "ltx_role_footnotemark")


def read_html(data: bytes) -> Extracted:
    """Return the text of a paper's page; mathematics as its TeX, raised signs after a caret. Raises Unreadable."""
    parser = lxml_html.HTMLParser(no_network=True, recover=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("This page cannot be read as HTML.") from error
    article = next(iter(root.xpath("//article[contains(@class, 'ltx_document')]")), None)
    parts = "".join(_text(article if article is not None else root))
    blocks = (" ".join(block.split()) for block in parts.split("\n\n"))
    text = "\n\n".join(block for block in blocks if block)
    if len(text) < 200:
        raise Unreadable("This page holds hardly any text.")
    notes = (f"Only the first {LONGEST_TEXT:,} characters were kept.",) if len(text) > LONGEST_TEXT else ()
    return Extracted(text=text[:LONGEST_TEXT], notes=notes)


def _text(root: lxml_html.HtmlElement) -> Iterator[str]:
    """Walk the tree without recursion, since pages can be nested as deep as a parser allows."""
    stack: list[tuple[str, lxml_html.HtmlElement | str]] = [("open", root)]
    while stack:
        step, node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        tag = node.tag if isinstance(node.tag, str) else ""
        if step == "close":
            if tag in _BLOCKS:
                yield "\n\n"
            continue
        if node is not root and node.tail:
            stack.append(("tail", node.tail))
        if not tag or tag in _PASSED_OVER or any(name in (node.get("class") or "") for name in _CHROME):
            continue
        if tag == "math":
            yield f" {node.get('alttext') or ''.join(node.itertext())} "
            continue
        if tag in _BLOCKS:
            yield "\n\n"
        if tag in ("sup", "sub"):
            yield "^" if tag == "sup" else "_"
        stack.append(("close", node))
        stack.extend(("open", child) for child in reversed(node))
        if node.text:
            yield node.text
