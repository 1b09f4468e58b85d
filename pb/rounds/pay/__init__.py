"""Who pays those on whom a round relies, as the commission tells it."""
