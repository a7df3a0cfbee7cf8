"""schema.org data inside a page. A data block is not a script, so the content security policy lets it stand."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(data: dict[str, Any]) -> SafeString:
    """Return `data` as JSON that cannot end the script element it stands in; empty values are left out."""
    told = {"@context": "https://schema.org", **{key: value for key, value in data.items() if value not in (None, "", [], {})}}
    return mark_safe(json.dumps(told, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308  # every character that could end the block is escaped
