"""How the sample department is made: places and staff, a night of orders, spare parts, planted faults."""
