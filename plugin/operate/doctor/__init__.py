"""What `mosaic doctor` looks at, and what it says."""
