"""Shipment events of logistics partners (GS1 EPCIS 2.0)."""
