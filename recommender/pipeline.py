"""In what order: the only module that knows two stages."""
