"""What members say about a work: threads, their history, and what moderators decided."""
