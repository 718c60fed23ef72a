"""Rules of payments: payable entitlements, files for banks, and banks' reports. Pure."""
