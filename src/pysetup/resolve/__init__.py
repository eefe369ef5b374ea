"""Requirements become pins, and every decision can be explained."""
