"""Mail about claims, sent once the decision is committed."""

import logging
from functools import partial
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from bzpeer.addresses import record_address
from bzpeer.claims.models import Claim

logger = logging.getLogger(__name__)


def tell_applicant(claim: Claim, *, portal: str) -> None:
    """Mail the applicant what was decided; `portal` is the portal's own origin, e.g. "https://portal.example.org"."""
    transaction.on_commit(partial(_send, claim, portal))


def _send(claim: Claim, portal: str) -> None:
    researcher = claim.researcher
    link = portal + record_address("researcher", researcher.pk, researcher.display_name)
    text = render_to_string("emails/claim_decided.txt", {"claim": claim, "researcher": researcher, "link": link})
    try:
        send_mail(f"Your claim to a record was {claim.get_state_display()}", text, None, [claim.user.email])
    except (SMTPException, OSError):
        # The decision stands and is shown on the applicant's claims page; mail is a courtesy.
        logger.exception("A claim notice could not be sent")
