"""Damage done to records: to their structure, to their text, to the file they came in. The same chance gives the same damage."""

import gzip
import json
import random
import re
from collections.abc import Callable
from typing import Any

import orjson

HOSTILE_TEXTS: tuple[str, ...] = (
    "", " ", "\t\n", "\x00", "a\x00b", "\ud800", "x\udfffy", "\u202eevil\u202c", "\u2066x\u2069", "\ufeff", "\u2028", "\x1b[31mred\x1b[0m",
    "\x7f\x80\x9f", "e" + "\u0301" * 3_000, "\U0010ffff", "<script>alert(1)</script>", "x<y and y>z", "=1+1", "javascript:alert(1)",
    "https://openalex.org/", "https://openalex.org/W0", "https://openalex.org/W" + "9" * 30, "W1", "A9999999999", "T", "V12",
    "https://openalex.org/W٣٤", "https://doi.org/", "10.1234/" + "x" * 2_700, "10.1/ä", "arXiv:9999.99999v99999", "2006.13719v0",
    "0000-0000-0000-0000", "https://orcid.org/0000-0002-1825-0097", "0000-00-00", "0000-01-01", "9999-12-31", "2020-02-30", "-0001-01-01",
    "2020-13-45T99:99:99Z", "٢٠٢٠-٠١-٠١", "Mon, 99 Foo 99999 99:99:99 GMT", "v1", "v0", "v99999999", "(((((", ")))", "a" * 70_000,
    "%s%s%n", "{}", "[]", "null", "NaN", "'; DROP TABLE works_work; --", "\\", "\\N", "\\.", "$x^{2}$ \\href{javascript:1}{y}",
    "ﷺ" * 500, "İ" * 700, "ß" * 2_000, "and " * 5_000, "," * 20_000, "Jr", "et al.", "()" * 10_000, "1) a, 2) b", "a\r\nb",
)  # fmt: skip
HOSTILE_NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, float("inf"), float("-inf"), float("nan"),
    5e-324, 1e17, 2020.0, 2020.5, 999, 2201, 10**9,
)  # fmt: skip
_KEYS = ("", "id", "\x00", "\ud800", "k" * 2_700, "a b", "__class__", "results", "meta", "InvertedIndex", "entries")
_LITERALS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"0x10", b"01", b"1_0", b"9" * 5_000, b"tru", b"'x'", b"", b"/* c */1",
    b"\"\\ud800\"", b"\"\\u0000\"", b"\"\\x41\"", b"\"\xff\xfe\"", b"\"\xc0\x80\"", b"\"\xed\xa0\x80\"", b"\"unclosed", b"\"a\nb\"",
)  # fmt: skip
_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
    b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 100_000 + b'">]>',
)
Place = tuple[Any, Any]
"""A container and the key or index of a value inside it."""


def damaged_line(raw: bytes, chance: random.Random) -> bytes:
    """Return a JSON record on one line, damaged: in most cases its structure, else its text."""
    return damaged_text(raw, chance) if chance.random() < 0.2 else written(damaged_value(orjson.loads(raw), chance))


def written(value: Any) -> bytes:
    """Return JSON, also of what no JSON may hold: half surrogates, NaN, integers of 400 digits."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        return json.dumps(value).encode()


def damaged_value(value: Any, chance: random.Random) -> Any:
    """Return the record with one to four faults in its structure."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        found = _places(value)
        if not found:
            return chance.choice(HOSTILE_TEXTS)
        chance.choice(_DAMAGE)(*_chosen(found, chance), chance, value)
    if chance.random() < 0.06:
        chance.choice(_SPECIAL)(value, chance)
    return value


def _places(value: Any) -> list[list[Place]]:
    """Return every value inside, by depth, so that a chosen one is as likely near the root as in a long list."""
    levels: list[list[Place]] = []
    waiting, depth = [value], 0
    while waiting and depth < 12:
        level: list[Place] = []
        for each in waiting:
            keys = each if isinstance(each, dict) else range(min(len(each), 40))
            level += [(each, key) for key in keys]
        if level:
            levels.append(level)
        waiting = [inside for holder, key in level[:3_000] if isinstance(inside := holder[key], dict | list)]
        depth += 1
    return levels


def _chosen(levels: list[list[Place]], chance: random.Random) -> Place:
    return chance.choice(chance.choice(levels))


Damage = Callable[[Any, Any, random.Random, Any], None]


def _other_type(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    was = holder[key]
    holder[key] = chance.choice(
        [
            None,
            True,
            False,
            7,
            "text",
            [],
            {},
            [was],
            {"0": was},
            [None],
            [[]],
            [0, "a", {}],
            {"id": None},
            {"id": 7},
            str(was)[:50],
            {"": []},
        ]
    )


def _hostile_text(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    text = chance.choice(HOSTILE_TEXTS)
    was = holder[key]
    holder[key] = was[: len(was) // 2] + text + was[len(was) // 2 :] if isinstance(was, str) and chance.random() < 0.5 else text


def _hostile_number(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    holder[key] = chance.choice(HOSTILE_NUMBERS)


def _drop(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    if isinstance(holder, dict) or key < len(holder):
        del holder[key]


def _repeat(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    if isinstance(holder, list):
        holder.extend([holder[key]] * chance.choice((1, 1, 2, 50)))
    else:
        holder[f"{key}s"] = holder[key]


def _rename(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(_KEYS)] = holder.pop(key)


def _swap(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    other, place = _chosen(_places(root), chance)
    # Copied, as a value inside itself has no end.
    first, second = written(holder[key]), written(other[place])
    try:
        holder[key], other[place] = orjson.loads(second), orjson.loads(first)
    except orjson.JSONDecodeError:
        holder[key] = None


def _nest(holder: Any, key: Any, chance: random.Random, root: Any) -> None:
    for _ in range(chance.choice((1, 5, 120))):
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}


_DAMAGE: tuple[Damage, ...] = (
    _other_type, _other_type, _hostile_text, _hostile_text, _hostile_number, _drop, _drop, _repeat, _rename, _swap, _nest,
)  # fmt: skip


def _many_authors(value: Any, chance: random.Random) -> None:
    if isinstance(value, dict) and isinstance(listed := value.get("authorships"), list) and listed:
        value["authorships"] = [chance.choice(listed) for _ in range(chance.choice((500, 5_000)))]
    elif isinstance(value, dict) and isinstance(value.get("authors"), str):
        value["authors"] = ", ".join([value["authors"]] * 300)


def _odd_abstract(value: Any, chance: random.Random) -> None:
    if isinstance(value, dict):
        value["abstract_inverted_index"] = chance.choice(
            [
                {"a": [-1, 10**9, 0.5, None, "x", True], "b": 3, "": [0]}, {"a": list(range(120_000))}, {"x" * 100_000: [1]}, "{", "[]",
                {str(number): [0] for number in range(3_000)}, {"InvertedIndex": {"InvertedIndex": 1}}, [["a", [0]]], {"a": [[0]]},
            ]
        )  # fmt: skip


def _huge_text(value: Any, chance: random.Random) -> None:
    if isinstance(value, dict) and chance.random() < 0.03:
        value[chance.choice(("title", "display_name", "abstract", "authors", "id", "doi", "language"))] = "wörd " * 2_000_000


def _same_person(value: Any, chance: random.Random) -> None:
    if isinstance(value, dict) and isinstance(listed := value.get("authorships"), list) and listed:
        value["authorships"] = (
            [{**each, "author": listed[0].get("author"), "author_position": "first"} for each in listed if isinstance(each, dict)]
            if isinstance(listed[0], dict)
            else []
        )


def _odd_year(value: Any, chance: random.Random) -> None:
    if isinstance(value, dict):
        value["publication_year"] = chance.choice((*HOSTILE_NUMBERS, "2020", [2020], "", True))
        value["publication_date"] = chance.choice((*HOSTILE_TEXTS, 2020, None, [2020, 1, 1]))


_SPECIAL: tuple[Callable[[Any, random.Random], None], ...] = (
    _many_authors,
    _odd_abstract,
    _odd_abstract,
    _huge_text,
    _same_person,
    _odd_year,
)

# --- text ----------------------------------------------------------------------------------------------------------


def damaged_text(raw: bytes, chance: random.Random) -> bytes:
    """Return a line whose text is damaged; it stays one line."""
    text = bytearray(raw)
    match chance.randrange(9):
        case 0:
            del text[chance.randrange(len(text)) :]
        case 1:
            for _ in range(chance.randint(1, 5)):
                text[chance.randrange(len(text))] = chance.randrange(256)
        case 2:
            where = chance.randrange(len(text))
            text[where:where] = chance.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\x00", b"\xef\xbb\xbf", b"\xe2\x80\xae"))
        case 3 if values := list(re.finditer(rb":\s*(?:-?[0-9.]+|null|true|false)", text)):
            found = chance.choice(values)
            text[found.start() : found.end()] = b":" + chance.choice(_LITERALS)
        case 4 if strings := list(re.finditer(rb'"[^"\\]*"', text)):
            found = chance.choice(strings)
            text[found.start() : found.end()] = chance.choice(_LITERALS)
        case 5:
            text[1:1] = b'"id":' + chance.choice((b"null,", b"7,", b'"https://openalex.org/W1","id":[],', b'"x",'))
        case 6:
            depth = chance.choice((500, 1_100, 20_000))
            text[1:1] = b'"deep":' + b'{"a":' * depth + b"1" + b"}" * depth + b","
        case 7:
            depth = chance.choice((1_100, 20_000))
            text[1:1] = b'"deep":' + b"[" * depth + (b"]" * depth if chance.random() < 0.5 else b"") + b","
        case _:
            half = chance.randrange(len(text))
            text = text[half:] + text[:half]
    return bytes(text).replace(b"\n", b" ").replace(b"\r", b" ")


def damaged_xml(raw: bytes, chance: random.Random) -> bytes:
    """Return an XML answer, damaged."""
    text = bytearray(raw)
    match chance.randrange(11):
        case 0:
            del text[chance.randrange(len(text)) :]
        case 1:
            for _ in range(chance.randint(1, 5)):
                text[chance.randrange(len(text))] = chance.randrange(256)
        case 2:
            start = text.find(b"?>") + 2 if text.lstrip().startswith(b"<?xml") else 0
            text[start:start] = chance.choice(_BOMB)
        case 3:
            text = bytearray(re.sub(rb"\?>", b"?>" + chance.choice(_BOMB), bytes(text), count=1).replace(b"</title>", b"&c;&a;</title>", 2))
        case 4:
            tag = chance.choice(
                (b"title", b"id", b"summary", b"published", b"updated", b"author", b"name", b"entry", b"metadata", b"version", b"authors")
            )
            text = bytearray(
                re.sub(rb"<(/?)" + tag + rb"\b", chance.choice((rb"<\1x", rb"<\1arxiv:" + tag, rb"<\1" + tag.upper())), bytes(text))
            )
        case 5 | 6:
            content = chance.choice(HOSTILE_TEXTS).encode("utf-8", "surrogatepass").replace(b"<", b"&lt;")
            values = list(re.finditer(rb">([^<]+)<", text))
            for found in chance.sample(values, min(len(values), 3))[:1]:
                text[found.start(1) : found.end(1)] = content
        case 7:
            depth = chance.choice((300, 20_000))
            where = text.find(b"<", chance.randrange(len(text)))
            text[where:where] = b"<d>" * depth + b"</d>" * depth
        case 8:
            encoding = chance.choice((b"utf-16", b"ISO-8859-1", b"nonsense", b"utf-7", b"ascii"))
            text = bytearray(re.sub(rb"encoding=(['\"])[^'\"]*\1", b'encoding="' + encoding + b'"', bytes(text), count=1))
        case 9 if entries := list(re.finditer(rb"<(entry|record)[ >].*?</\1>", text, re.DOTALL)):
            found = chance.choice(entries)
            text[found.end() : found.end()] = bytes(text[found.start() : found.end()]) * chance.choice((1, 30))
        case _:
            where = chance.randrange(len(text))
            text[where:where] = chance.choice(
                (b"\x00", b"\x0b", b"&#0;", b"&#xD800;", b"&nbsp;", b"]]>", b"<![CDATA[", b"<!--", b"\xff", b"<?x?>")
            )
    return bytes(text)


def damaged_gzip(raw: bytes, chance: random.Random) -> bytes:
    """Return lines as a gzip file that is damaged, cut, doubled or followed by something else."""
    packed = bytearray(gzip.compress(raw, 1, mtime=0))
    match chance.randrange(6):
        case 0:
            del packed[chance.randrange(len(packed)) :]
        case 1:
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        case 2:
            packed = bytearray(gzip.compress(bytes(packed), 1, mtime=0))
        case 3:
            packed += chance.choice((b"\x00" * 100, b"garbage", b"\x1f\x8b", b"\x1f\x8b\x08\x00", bytes(packed[: len(packed) // 2])))
        case 4:
            packed += gzip.compress(b"\0" * 3_000_000, 9, mtime=0)
        case _:
            packed = packed[: chance.randrange(1, 20)]
    return bytes(packed)
