"""What each agent does: one agent a file or folder, each a set of steps over the tools and the memory."""
