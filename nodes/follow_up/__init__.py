"""The follow-up agent: tasks of what was promised on a call, and tasks and next steps in a conversation."""
