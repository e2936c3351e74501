"""Parts of clocks: dials, cases, bodies, pendulums, and the displays of digital clocks."""
