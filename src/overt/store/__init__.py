"""What is kept: tables of plain numbers and sealed rows, and the one transaction in which they change."""
