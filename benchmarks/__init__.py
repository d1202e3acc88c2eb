"""What Crickets is measured with: the workload, the peers beside us, and the run that writes `latest.json`."""
