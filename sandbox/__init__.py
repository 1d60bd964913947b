"""HubSpot, Gong and Slack on this machine, speaking their wire formats, with fault switches."""
