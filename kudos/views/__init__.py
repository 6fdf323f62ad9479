"""The pages of kudos."""
