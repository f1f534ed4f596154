"""How a diagram runs. Knows no petition, no clerk and no holiday."""
