"""Queries carried out by code, with the rights of who asks: HubSpot's records, calls, and what is counted of them."""
