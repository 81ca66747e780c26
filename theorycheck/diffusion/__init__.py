"""The diffusion dX = −∇f dt + √s dB: its paths, its density, its Gibbs measure exp(−2f/s), its spectral gap."""
