"""A judge over HTTP that gives the claims planted for each text in a JSON file: ``python planted_server.py FILE``."""

import json
import re
import sys
from pathlib import Path

from rsica_data.serve.app import HOST, serve
from rsica_data.serve.state import ServerState


def main():
    planted = json.loads(Path(sys.argv[1]).read_text("utf-8"))

    def answer(request):
        prompt = request.messages[0].content
        case = json.loads(re.search(r"```json\n(.*?)\n```", prompt, re.DOTALL)[1])
        # What the judge is shown goes to a file too: a test sees that no fact is in it.
        with Path(sys.argv[1]).with_suffix(".seen").open("a", encoding="utf-8") as seen:
            seen.write(json.dumps(case) + "\n")
        return json.dumps({"claims": planted[case["text"]]})

    def ready(port):
        print(json.dumps({"base_url": f"http://{HOST}:{port}/v1"}), flush=True)

    serve(ServerState({"judge": answer}), 0, ready)


if __name__ == "__main__":
    main()
