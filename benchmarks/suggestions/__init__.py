"""How often the suggestions are right, on photos that the classes are not made of."""
