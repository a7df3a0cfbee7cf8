"""What an upstream still grants us, as its answers' headers say."""

from collections.abc import Mapping

import msgspec

from works.sources.http import header_seconds


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Upstream's own count, in its own unit (credits or requests). Times are seconds since the epoch."""

    remaining: float
    limit: float | None = None
    resets_at: float | None = None
    heard_at: float

    def now_remaining(self, now: float) -> float | None:
        """Return what is left, None once the allowance was renewed since it was heard of."""
        return None if self.resets_at is not None and now >= self.resets_at else self.remaining

    def is_low(self, now: float, *, share: float) -> bool:
        """Tell whether less than `share` of the limit is left (nothing, where the limit is unknown)."""
        left = self.now_remaining(now)
        return left is not None and left <= (self.limit or 0) * share


def heard(headers: Mapping[str, str], *, now: float) -> Allowance | None:
    """Return the allowance told in an answer's headers, None if they tell none."""
    remaining = _number(headers.get("X-RateLimit-Remaining"))
    if remaining is None:
        return None
    reset = header_seconds(headers.get("X-RateLimit-Reset"))
    return Allowance(
        remaining=remaining,
        limit=_number(headers.get("X-RateLimit-Limit")),
        resets_at=None if reset is None else now + reset,
        heard_at=now,
    )


def _number(text: str | None) -> float | None:
    try:
        found = float((text or "").strip()[:40])
    except ValueError:
        return None
    return found if 0 <= found < 1e15 else None
