"""Signals: one file each, one number 0..1 each."""
