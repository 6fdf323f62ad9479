"""The pages of surveys, and the identity side of the ballot protocol."""
