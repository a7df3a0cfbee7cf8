"""What moderators share: the queues of everything that waits for a person, and answers to choose from."""
