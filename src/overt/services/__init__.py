"""What people do, one verb group a file."""
