"""Instructions that a language model writes, from prompts over the facts; nothing of them is believed unchecked.

``material``          what is known of a pair, as a prompt shows it
``prompt_templates``  prompts rendered in a sandbox; personas and styles drawn from seeds
``requests``          what to ask about a pair in one request
``readers``           replies by schema into candidates for rows
``candidate_check``   candidates against the facts, through ``claims`` and the tasks' own parse and gold
``retry_loop``        ask, read, check, ask again with the reasons
``row_quotas``        how many rows each pair gives so that a total is reached exactly
``accepted_rows``     candidates into instructions with their provenance
``rules``             an answerer without a model, for tests and demonstrations
"""
