"""What printed tables say about themselves: intervals, checks, and verdicts on re-estimates."""
