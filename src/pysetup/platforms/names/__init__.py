"""Names: what a project of Python is called among the packages of a system."""
