"""Taking back what Sophia did in HubSpot, by a person's order, where nobody has changed it since."""
