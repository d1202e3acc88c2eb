"""What is learned: pure estimators and the checklist; no clock, no network, no unseeded randomness."""
