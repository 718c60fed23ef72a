"""Payments of cash rounds, from the proposal of a batch to what the bank and the recipient say of each payment.

A payment is kept in its entitlement (`payment`), so that one document decides: a handover and a batch that want the same
entitlement meet there, and one of them loses. The long steps go on after a kill: each is many small transactions with a
position that moves by compare-and-set, and whoever finds a batch abandoned continues.
"""
