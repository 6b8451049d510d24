"""A model over HTTP that reads replies as a JSON file says, and notes them: ``python planted_reader.py FILE``."""

import json
import re
import sys
from pathlib import Path

from rsica_data.serve.app import HOST, serve
from rsica_data.serve.state import ServerState

UNREADABLE = {"reason": "", "quote": "", "readable": False, "answer": None}


def main():
    planted = json.loads(Path(sys.argv[1]).read_text("utf-8"))

    def answer(request):
        case = json.loads(re.search(r"```json\n(.*?)\n```", request.messages[0].content, re.DOTALL)[1])
        with Path(sys.argv[1]).with_suffix(".seen").open("a", encoding="utf-8") as seen:
            seen.write(json.dumps(case) + "\n")
        return json.dumps(planted.get(case["reply"], UNREADABLE))

    def ready(port):
        print(json.dumps({"base_url": f"http://{HOST}:{port}/v1"}), flush=True)

    serve(ServerState({"reader": answer}), 0, ready)


if __name__ == "__main__":
    main()
