"""Passes: each joins two or three stages; recommender/pipeline.py puts them in order."""
