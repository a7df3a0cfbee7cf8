"""Logging in with ORCID: the provider for allauth, with a configurable address.

allauth's own ORCID provider reads the public record after the token; the token's answer already names the iD,
and an address on that record would not count as confirmed anyway, so nothing more is asked.
"""
