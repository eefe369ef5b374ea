"""The six phases of distribution; none imports another."""
