"""What agents are asked in a conversation, what they may use, and what they answer."""
