"""A deployed stack as a person sees it."""
