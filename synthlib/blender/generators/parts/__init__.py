"""Parts that generators share: groups of shapes and, in folders by family, clocks to tabletops."""
