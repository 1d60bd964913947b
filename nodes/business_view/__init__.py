"""One view of a contact, company or deal: what HubSpot, the calls and people say of it, for who may be shown it."""
