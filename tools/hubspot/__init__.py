"""HubSpot: contacts, companies, deals, notes and tasks."""
