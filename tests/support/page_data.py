"""What a script of data gives a page."""

import json


def read_data_script(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(json.loads(text[text.index("JSON.parse(") + len("JSON.parse(") : text.rindex(");")]))
