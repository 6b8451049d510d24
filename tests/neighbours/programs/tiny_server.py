"""An OpenAI-compatible server of a vision-language model on disk: tiny_server.py MODEL LOG

Prints its address. LOG gets a line a request: the sizes of its images, its roles, and its text. Replies are those of
the model, decoded greedily.
"""

import base64
import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image
from transformers import AutoModelForImageTextToText

from rsica_bench.models.transformers_loading import TransformersOptions, load_processor

folder, log = sys.argv[1:]
processor, model = load_processor(folder, TransformersOptions()), AutoModelForImageTextToText.from_pretrained(folder)
one_at_a_time = threading.Lock()


def part_of(part, images):
    if part["type"] != "image_url":
        return {"type": "text", "text": part["text"]}
    data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
    images.append(Image.open(io.BytesIO(data)).convert("RGB"))
    return {"type": "image", "image": images[-1]}


def answer(asked):
    images = []
    messages = []
    for message in asked["messages"]:
        content = message["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        messages.append({"role": message["role"], "content": [part_of(part, images) for part in parts]})
    inputs = processor.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )
    given = model.generate(**inputs, max_new_tokens=4, do_sample=False)
    read = inputs["input_ids"].shape[1]
    text = processor.tokenizer.decode(given[0, read:], skip_special_tokens=True)
    texts = [part["text"] for message in messages for part in message["content"] if part["type"] == "text"]
    row = {"images": [image.size for image in images], "roles": [m["role"] for m in messages], "text": texts[-1]}
    with Path(log).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row | {"reply": text}) + "\n")
    usage = {"prompt_tokens": read, "completion_tokens": 4, "total_tokens": read + 4}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with one_at_a_time:
            data = json.dumps(answer(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        data = json.dumps({"object": "list", "data": [{"id": "tiny", "object": "model"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given):
        """Keep quiet."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
server.serve_forever()
