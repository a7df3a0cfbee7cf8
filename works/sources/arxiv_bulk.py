"""Records of arXiv's public bulk metadata file (one JSON object a line)."""

from typing import Any

import msgspec

from researchers.names import fold
from works.drafts import BadRecord, VersionDraft, WorkDraft
from works.sources import arxiv_drafts
from works.sources.bylines import Byline, split_bylines
from works.sources.latex import letters
from works.sources.shapes import ARXIV_BULK, departures

_LAST_VERSION = 32_767


def draft(raw: object) -> WorkDraft:
    """Return the draft of one bulk record; raise BadRecord with the reason if it cannot become one."""
    if not isinstance(raw, dict):
        raise BadRecord("this is not an arXiv record")
    inner = raw.get("metadata")
    record = inner if "id" not in raw and isinstance(inner, dict) else raw  # unarXive wraps the same fields
    made = _draft(record)
    left_out = departures(record, ARXIV_BULK)
    return msgspec.structs.replace(made, left_out=left_out) if left_out else made


def _draft(raw: dict[str, Any]) -> WorkDraft:
    categories = raw.get("categories")
    return arxiv_drafts.draft(
        arxiv_drafts.ArxivRecord(
            id=raw.get("id"),
            title=_text(raw, "title"),
            abstract=_text(raw, "abstract"),
            bylines=_bylines(raw),
            categories=categories.split() if isinstance(categories, str) else _strings(categories),
            comments=_text(raw, "comments"),
            journal_ref=_text(raw, "journal-ref"),
            doi=_text(raw, "doi"),
            license=_text(raw, "license"),
            versions=_versions(raw.get("versions")),
            record_changed=_text(raw, "update_date"),
        )
    )


def _text(raw: dict[str, Any], field: str) -> str:
    value = raw.get(field)
    return value if isinstance(value, str) else ""


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _bylines(raw: dict[str, Any]) -> tuple[Byline, ...]:
    """Return the printed bylines; where our reading of the author line and the file's differ in a name, the file's."""
    parsed = raw.get("authors_parsed")
    authors = raw.get("authors")
    printed = split_bylines(authors if isinstance(authors, str) else ", ".join(_strings(authors)))
    given = tuple(byline for each in (parsed if isinstance(parsed, list) else ()) if (byline := _parsed_byline(_strings(each))))
    return printed if not given or list(map(_bare, printed)) == list(map(_bare, given)) else given


def _bare(byline: Byline) -> str:
    return fold(byline.name).replace(" ", "")


def _parsed_byline(parts: list[str]) -> Byline | None:
    """Return the byline of [family, given, suffix, affiliations …]."""
    family, given, suffix, *affiliations = [letters(part) for part in (*parts, "", "", "")][: max(3, len(parts))]
    # The file's own parser parts "C.-P." into "C. -P.".
    name = " ".join(filter(None, (given.replace(". -", ".-"), family, suffix)))
    if not any(character.isalnum() for character in name) or name.lower().rstrip(".") == "et al":
        return None
    return Byline(name[:600], tuple(dict.fromkeys(each for each in affiliations if each)))


def _versions(value: object) -> list[VersionDraft]:
    found: dict[int, VersionDraft] = {}
    for each in value if isinstance(value, list) else ():
        name, created = (each.get("version"), each.get("created")) if isinstance(each, dict) else (None, None)
        if isinstance(name, str) and name[:1] == "v" and name[1:].isdecimal() and len(name) < 7 and 0 < int(name[1:]) <= _LAST_VERSION:
            found[int(name[1:])] = VersionDraft(
                number=int(name[1:]), submitted_at=arxiv_drafts.moment(created) if isinstance(created, str) else ""
            )
    return [found[number] for number in sorted(found)]
