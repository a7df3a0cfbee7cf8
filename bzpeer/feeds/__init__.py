"""What is new about what members follow: on their feed, by mail, and as Atom."""
