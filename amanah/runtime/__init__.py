"""The foundation that every service process stands on: stores, bus, calls, identity, jobs. It knows no recipient, parcel or report."""
