"""What a page is called on its site, and where those names are spoken."""
