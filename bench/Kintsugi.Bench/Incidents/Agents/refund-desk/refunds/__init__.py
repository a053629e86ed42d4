"""The refund desk."""
