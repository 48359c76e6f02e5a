"""Takes in other people's raw tables: reads, repairs, checks and counts them."""
