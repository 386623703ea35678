"""Words, sentences and stems: how text is cut."""
