"""Direct collaboration: invitations to people who are open to them, and the conversation that follows."""
