"""Published PCA models: their files, card, pictures and pointer."""
