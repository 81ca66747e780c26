"""One-hidden-layer networks: outputs, losses, gradients and Hessians."""
