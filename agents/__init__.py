"""What is done: one verb a module, plain generators of effects that know neither Faust nor Kafka."""
