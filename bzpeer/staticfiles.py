"""How collected static files are compressed: our own as small as possible, those of packages quickly, and unchanged ones not again."""

import os
from pathlib import Path
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedStaticFilesStorage

QUICK_BROTLI = 5
"""Within a tenth of the size of the best level, in a hundredth of the time."""


class QuickCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types here
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=QUICK_BROTLI))


class PortalCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types here
    """Compresses `dist/` thoroughly: every visitor loads it. The rest belongs to the admin and the API's pages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._quick = QuickCompressor(**options)

    def compress(self, path: str) -> list[str]:
        if _is_compressed(path):
            return []
        if "dist" in Path(path).parent.parts:
            return list(super().compress(path))
        return list(self._quick.compress(path))


class PortalStaticFilesStorage(CompressedStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types here
    def create_compressor(self, **options: Any) -> PortalCompressor:
        return PortalCompressor(**options)


def _is_compressed(path: str) -> bool:
    """Whether a compressed copy with the file's own time stands beside it (the compressor gives it that time)."""
    try:
        return int(os.stat(f"{path}.gz").st_mtime) == int(os.stat(path).st_mtime)
    except FileNotFoundError:
        return False
