"""Tags of kudos."""
