"""Commands on payments, from the proposal of a batch to the bank's report and the recipient's confirmation.

A payment is a field of its entitlement (`payment`), so that a handover and a batch of the same entitlement conflict in one
document. Long steps survive a kill: each is many small transactions with a position that moves by compare-and-set
(`amanah.runtime.jobs`), and another instance continues.
"""
