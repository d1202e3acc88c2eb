"""One process each: what is measured, ours and others', against the same topic."""
