"""Runs that are killed, cut off and disturbed everywhere, and a checker that counts records."""
