"""Nobody outside writes a line of the log, and nobody moves the cursor of whoever reads it."""

import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def written(monkeypatch):
    """Return what the portal's own handler writes."""
    logging.config.dictConfig(settings.LOGGING | {"disable_existing_loggers": False})
    (handler,) = (each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler)
    kept = io.StringIO()
    monkeypatch.setattr(handler, "stream", kept)
    return kept


FORGED = "2026-01-01 00:00:00,000 INFO bzpeer: staff logged in"
HOSTILE = [
    f"a\n{FORGED}",
    f"a\r\n{FORGED}",
    f"a\x1b[2K\x1b[1A{FORGED}",
    f"a\u2028{FORGED}",
    f"a\x9b2J\x85{FORGED}",
    f"a\x00\x08\x0b\x0c{FORGED}",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_an_entry_begins_one_line_whatever_it_holds(written, said):
    logging.getLogger("bzpeer.test").warning("Somebody said %s", said)
    lines = written.getvalue().splitlines()
    assert [line for line in lines if not line.startswith("    ")] == lines[:1]
    assert all(line.isprintable() for line in lines)


def test_a_trace_holds_what_was_said_indented(written):
    try:
        raise ValueError(f"no\n{FORGED}\x1b[31m")
    except ValueError:
        logging.getLogger("bzpeer.test").exception("It broke")
    lines = written.getvalue().splitlines()
    assert len(lines) > 3
    assert all(line.startswith("    ") and line.isprintable() for line in lines[1:])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/no%0a2026-01-01%20INFO%20forged/", "/no%1b%5b31m/", "/search/?q=%0a%1b%5b2J", "/works/doi:%0d%0aforged"]
)
def test_an_address_writes_no_line_of_its_own(written, address):
    Client(raise_request_exception=False).get(address, headers={"User-Agent": "x\x1b[31m", "Referer": "a\x1bb"})
    logged = written.getvalue().splitlines()
    assert all(line.isprintable() for line in logged)
    assert not [line for line in logged if line.startswith("2026-01-01 INFO forged")]
