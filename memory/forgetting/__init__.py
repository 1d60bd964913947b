"""Forgetting a person, a thread or a call everywhere, with a receipt, and giving out what is known of one."""
