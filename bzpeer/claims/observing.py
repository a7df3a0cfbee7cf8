"""What claims do when an account changes: accounts know nothing of claims, so claims listen."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from bzpeer.accounts.models import User
from bzpeer.claims.domain import close_account, unclaim_record
from bzpeer.claims.models import Claim


@receiver(post_save, sender=User, dispatch_uid="claims.account_saved")
def account_saved(instance: User, **kwargs: Any) -> None:
    """End the claims of an account that is closed or banned, in the transaction that does it."""
    if not instance.is_active:
        close_account(instance)


@receiver(post_delete, sender=Claim, dispatch_uid="claims.claim_deleted")
def claim_deleted(instance: Claim, **kwargs: Any) -> None:
    """Return the record to nobody when its owner's account is erased."""
    if instance.state == Claim.State.ACCEPTED:
        unclaim_record(instance.researcher_id)
