"""The mathematics of the PCA, on NumPy alone."""
