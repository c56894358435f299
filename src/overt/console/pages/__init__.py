"""The pages that people see, one file for each place of the navigation."""
