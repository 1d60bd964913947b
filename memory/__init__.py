"""What Sophia remembers: the database and, with its own issue, the vector store."""
