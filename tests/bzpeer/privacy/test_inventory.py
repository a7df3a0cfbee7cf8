"""Every table that leads to a member says what the export gives of it and what deletion does."""

import pytest
from django.apps import apps
from django.db.models import CASCADE, SET_NULL

from bzpeer.privacy.inventory import RULES, Erase, Rule, holdings, stale, undeclared


def test_no_relation_to_a_member_is_without_a_rule():
    assert undeclared() == []


def test_no_rule_is_about_a_relation_that_is_no_more():
    assert stale() == []


def test_a_new_relation_would_be_noticed(monkeypatch):
    for label in ("collaboration.Message.author", "claims.ClaimEvidence.claim__user"):
        monkeypatch.delitem(RULES, label)
    assert undeclared() == ["claims.ClaimEvidence.claim__user", "collaboration.Message.author"]


def test_a_relation_that_is_not_exported_says_why():
    with pytest.raises(ValueError, match="says why"):
        Rule()


def test_rules_agree_with_what_the_tables_do_when_a_member_goes():
    wrong = []
    for held in holdings():
        if "__" in held.path or held.model._meta.proxy:
            continue
        does = held.model._meta.get_field(held.path).remote_field.on_delete
        expected = {CASCADE} if held.rule.erase is Erase.ROW else {SET_NULL}
        if does not in expected and held.label != "claims.OwnerProfile.updated_by":  # goes with the claim it belongs to
            wrong.append(held.label)
    assert wrong == []


def test_names_of_tables_in_the_export_are_distinct():
    names = [rule.table for rule in RULES.values() if rule.table]
    assert len(names) == len(set(names))
    assert all(apps.get_model(*label.split(".")[:2]) for label in RULES)
