"""The vector index: Chroma, in this process or a server, made from the database and made anew when damaged."""
