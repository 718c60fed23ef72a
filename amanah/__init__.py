"""Foundation of every Amanah service: contracts, the transparency log, and the runtime. It knows no noun of a service's own."""

__version__ = "0.1.0"
