"""County tables as yearbooks have them, read, repaired aloud, and checked against a contract."""
