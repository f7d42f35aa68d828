"""A stand-in for RingCentral Events: what its public collection of calls and its sample have, and nothing else."""
