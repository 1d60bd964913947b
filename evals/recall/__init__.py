"""How well memory recalls: questions in people's own words over written conversations and the labelled calls."""
