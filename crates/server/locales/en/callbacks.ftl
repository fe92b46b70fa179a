# What is next of a callback, as the API tells it.
next-attempt = an automatic call is next
next-attempt-runs = an automatic call runs
next-attempt-waits = an automatic call, which waits: { $because }
next-owner = the one who has it calls until { $due }
next-unassigned = somebody takes it from the unassigned list; it is handed up at { $due }
next-complete = spoken with; to be completed
