"""The owner's policy: what Sophia may write by itself, what a person must allow, and what is never done."""
