"""Actions from a conversation: carried out as the person who asks, through rights, policy, ledger and approvals."""
