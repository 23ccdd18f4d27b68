"""The gate under attack: robots, independent checkers, and the limiters that others use."""
