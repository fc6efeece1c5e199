"""Who may do what with samples: selectors find what an account owns, and no more."""
