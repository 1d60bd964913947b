"""What people change in HubSpot comes back: what is known of records, asked about them, and written there."""
