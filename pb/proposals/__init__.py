"""From a resident's proposal to a costed project on the ballot."""
