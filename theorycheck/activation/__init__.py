"""What an activation is: text → pieces → NumPy, mpmath, ball and tail callables."""
