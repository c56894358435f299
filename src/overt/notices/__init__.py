"""What the public is given: posters, leaflets, the register, records; made of what was recorded, and nothing else."""
