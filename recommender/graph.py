"""The link graph of a site: PageRank, exact gain of one more link."""
