"""The solver's second half: the best combination of the routes that `search` met."""
