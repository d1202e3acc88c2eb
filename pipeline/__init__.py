"""How it runs: settings, transport, embedded parts, gateway, replay, demo, command line."""
