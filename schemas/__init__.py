"""What travels between the stages: the contracts of the topics, and THE definition of a response."""
