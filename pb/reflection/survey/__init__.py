"""Five questions at the end of a round, answered without a name."""
