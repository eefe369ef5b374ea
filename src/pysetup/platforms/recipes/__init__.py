"""Recipes: texts from which other systems build a project from its sdist."""
