"""The functions of the registry, one module for each kind of value."""
