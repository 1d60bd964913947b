"""What every room stands on: settings, errors, time, jobs, logs and the shape of an analysis."""
