"""Measuring: what went live, and what it did."""
