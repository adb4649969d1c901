"""What ``migrate`` runs."""
