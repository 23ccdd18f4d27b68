"""The simulated cell: MuJoCo model, declared scene distributions, cameras, scripted expert, truth for evaluation."""
