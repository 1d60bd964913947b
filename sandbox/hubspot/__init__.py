"""A double of HubSpot's CRM API: the endpoints, bodies, limits and errors that HubSpot's own SDK meets."""
