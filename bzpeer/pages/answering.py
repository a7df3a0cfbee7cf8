"""What a moderator answers: their own words, or a text they chose and left as it is."""

from django.http import HttpRequest

LONGEST = 2_000


def note_of(request: HttpRequest) -> str:
    """Return what was written or, where nothing was, what was chosen (components: moderating/note.html)."""
    said = request.POST.get("note", "").strip() or request.POST.get("answer", "").strip()
    return said.replace("\x00", "")[:LONGEST]
