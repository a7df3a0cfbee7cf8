"""An iD that somebody showed to be theirs without an account here: kept in this browser's session for a while, and nowhere else."""

import time
from typing import Any

from django.http import HttpRequest

KEPT_SECONDS = 30 * 60
_SHOWN = "shown_orcid"


def keep_shown(request: HttpRequest, orcid: str) -> None:
    """Remember the iD that ORCID just vouched for."""
    request.session[_SHOWN] = {"orcid": orcid, "at": time.time()}


def shown_orcid(request: HttpRequest) -> str:
    """Return the iD somebody showed in this browser lately, "" for none."""
    kept: Any = request.session.get(_SHOWN)
    if not isinstance(kept, dict) or not time.time() - KEPT_SECONDS < kept.get("at", 0) <= time.time():
        return ""
    return str(kept.get("orcid", ""))


def forget_shown(request: HttpRequest) -> None:
    """Forget it; each showing serves once."""
    request.session.pop(_SHOWN, None)
