"""Names in questions: which records, colleagues and teams a person means, among those that they may know of."""
