"""Tests of expressions, and the page of the documentation that is made of their registry."""
