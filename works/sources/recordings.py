"""Recorded HTTP exchanges (VCR cassettes, YAML) of OpenAlex's API: the answers' bodies as records."""

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from works.drafts import Quarantined
from works.sources.files import (
    BROKEN_COMPRESSION,
    KEPT_RAW,
    NotUtf8,
    Parsed,
    UnreadableFile,
    damaged,
    parse_json,
    plain_stream,
    results_or_self,
)

LARGEST = 64 * 1024 * 1024
"""Bytes. YAML is parsed whole; a cassette is some megabytes."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_one(head: bytes) -> bool:
    """Tell a cassette by its first key."""
    return head.removeprefix(b"---").lstrip().startswith((b"http_interactions:", b"interactions:"))


def json_records(path: Path, *, start: int = 0) -> Iterator[Parsed | Quarantined]:
    """Yield the records of all recorded answers in order, without the first `start`."""
    index = 0
    for number, interaction in enumerate(_interactions(path), 1):
        for found in _answer(interaction, f"{path.name}, answer {number}"):
            if index >= start:
                yield found
            index += 1


def _interactions(path: Path) -> list[Any]:
    try:
        with plain_stream(path) as stream:
            text = stream.read(LARGEST + 1)
    except BROKEN_COMPRESSION as error:
        raise damaged(path, 1) from error
    if len(text) > LARGEST:
        raise UnreadableFile(path, 1, f"a recording of more than {LARGEST // 2**20} MiB. Split it.")
    try:
        cassette = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader: plain values only
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableFile(path, mark.line + 1 if mark else 1, "the recording is not valid YAML.") from error
    found = (cassette.get("http_interactions") or cassette.get("interactions")) if isinstance(cassette, dict) else None
    return found if isinstance(found, list) else []


def _answer(interaction: object, place: str) -> Iterator[Parsed | Quarantined]:
    response = interaction.get("response") if isinstance(interaction, dict) else None
    body = response.get("body") if isinstance(response, dict) else None
    raw = _bytes(body) if isinstance(body, dict) else b""
    try:
        found = parse_json(place, raw)
    except NotUtf8:
        found = Quarantined(place=place, reason="the recorded answer is not UTF-8", raw=raw[:KEPT_RAW])
    if isinstance(found, Quarantined):
        yield found
    else:
        yield from results_or_self(found)


def _bytes(body: dict[str, Any]) -> bytes:
    text, coded = body.get("string"), body.get("base64_string")
    if isinstance(coded, str):
        try:
            raw = base64.b64decode(coded)
        except (binascii.Error, ValueError):
            return b""
    else:
        raw = text.encode("utf-8", errors="surrogatepass") if isinstance(text, str) else text if isinstance(text, bytes) else b""
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            return b""
    return raw
