"""The doors: command line, HTTP and worker. Clients are made here and nowhere else."""
