"""How travel is found: points on the earth, an estimate from distances, a road graph, given numbers."""
