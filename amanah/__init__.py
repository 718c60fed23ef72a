"""What every Amanah service stands on. It knows no recipient, parcel or report."""

__version__ = "0.1.0"
