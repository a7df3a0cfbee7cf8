"""Engines read a paper's text and answer the nine variables of bzpeer.reports.findings."""
