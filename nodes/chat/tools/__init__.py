"""What agents can look up and do in a conversation: typed tools, the same with a model and without one.

Every argument that names a person, a record, a day or an amount is in the asker's or the model's words; code resolves
it against real records that the asker may see, and asks back where it cannot.
"""
