"""The text of a site, cut and weighed once, for every stage that compares texts."""
