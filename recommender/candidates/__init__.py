"""Candidates: which target, which source, which sentence, which words."""
