"""Keeping: facts as files, decisions as rows."""
