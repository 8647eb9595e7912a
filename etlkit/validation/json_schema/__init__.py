"""Rules as JSON Schema documents, and back."""
