"""Short English answers: numbers, class names, places, yes and no; and the one reader of what models reply."""
