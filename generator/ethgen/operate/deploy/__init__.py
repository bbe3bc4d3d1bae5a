"""Bringing an environment up, step by step, and taking it down again."""
