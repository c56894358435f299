"""The API for programs, `/api/v1`: the same services, without a face."""
