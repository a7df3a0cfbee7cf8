"""Lists of their own works that people bring: files, pasted ids, their ORCID record; what of it is here, and what becomes of it."""
