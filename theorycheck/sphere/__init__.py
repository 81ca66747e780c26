"""Everything under the uniform law on the sphere: harmonics, zonal kernels and their spectra, discrepancy."""
