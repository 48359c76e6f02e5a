"""Makes the book: executes chapters, writes generated pages, keeps the pairs equal."""
