"""A round: its phases, areas, money, limits, people and counter-signed acts."""
