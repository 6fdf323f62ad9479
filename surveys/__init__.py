"""Surveys: what is asked, who is asked, and how the answers are counted without being read."""
