"""The CRM sync agent: finds the records a call is about, proposes what to change, and applies what is allowed."""
