"""Corrections of the record: what the portal proposes, what people assert, and who decided."""
