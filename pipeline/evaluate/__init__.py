"""How good expectations are, on archives: every prompt is judged before anything of its future is known."""
