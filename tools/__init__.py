"""What agents can touch: HubSpot, Gong and Slack, each behind a small port of ours."""
