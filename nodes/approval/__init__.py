"""What a person must allow: asked, answered by whoever may, checked against HubSpot as it is by then, carried out."""
