"""What the records' own apps say to whoever derives from them, without knowing them."""

from django.dispatch import Signal

records_changed = Signal()
"""Sent, without arguments, when an import in the background is over, has stopped, or rests for long: what follows is due."""
