"""Reporting: from records to a digest, from a digest to a message."""
