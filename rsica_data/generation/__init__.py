"""Instructions that a language model writes, from prompts over the facts; nothing of them is believed unchecked.

``material``  what is known of a pair, as a prompt shows it
``templates`` prompts rendered in a sandbox; personas and styles drawn from seeds
``orders``    what to ask about a pair in one request
``readers``   replies by schema into candidates for rows
``checking``  candidates against the facts, through ``claims`` and the tasks' own parse and gold
``rounds``    ask, read, check, ask again with the reasons
``shares``    how many rows each pair gives so that a total is reached exactly
``rows``      candidates into instructions with their provenance
``rules``     an answerer without a model, for tests and demonstrations
"""
