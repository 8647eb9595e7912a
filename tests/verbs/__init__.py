"""The page of the documentation that lists every verb, made of their classes."""
