"""What the demonstration serves: a modelled Search Console over any crawled site."""
