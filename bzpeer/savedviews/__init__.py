"""Pictures of the explorer that members keep."""
