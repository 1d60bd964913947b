"""The agent that speaks for Sophia herself: greetings, help, what she does not do, and how an answer looks in Slack."""
