"""Who is who, what each may read and change, and what of that may be shown where.

From plain data of HubSpot's owners and the owner's file people.toml a Directory is made, from that an Asker for each
question, and from the askers at a venue the scope of what is shown there. Pure: nothing here reads or waits.
"""
