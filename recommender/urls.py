"""URL identity: which page a URL means."""
