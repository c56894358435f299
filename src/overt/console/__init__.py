"""The console: pages, API and live events, rendered here and shown by any browser."""
