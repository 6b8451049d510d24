"""What servers do wrong with redirects."""

from raw_server import (
    ANSWER,
    LINE,
    QUICK,
    REJECTED,
    Behaviour,
    answers,
    message,
    sends,
    then_good,
)


def redirects():
    def to(place, number=307):
        return sends(message(f"{number} X", b"", {"Location": place}))

    elsewhere = {
        "other-host": to("http://elsewhere.test/v1/chat/completions"),
        "other-port": to("http://127.0.0.1:9/v1/chat/completions"),
        "other-name": to("http://localhost:9/v1"),
        "file": to("file:///etc/passwd"),
        "no-scheme": to("//elsewhere.test/v1"),
        "loop": to("/v1/chat/completions"),
    }
    table = {f"redirect-{name}": Behaviour(how, LINE, says="redirects") for name, how in elsewhere.items()}
    table["redirect-file"] = Behaviour(elsewhere["file"], LINE)
    table["redirect-garbage"] = Behaviour(to("http://[::1"), REJECTED, settings=QUICK)
    table["redirect-empty"] = Behaviour(sends(b"HTTP/1.1 307 X\r\nContent-Length: 0\r\n\r\n"), REJECTED)
    for number in (307, 308):
        table[f"redirect-within-{number}"] = Behaviour(then_good(to("/v1/chat/completions?again", number)), ANSWER)
    table["redirect-models"] = Behaviour(
        answers(), LINE, models=to("http://elsewhere.test/v1/models"), says="redirects"
    )
    table["redirect-models-303"] = Behaviour(
        answers(), LINE, models=to("http://elsewhere.test/v1/models", 303), says="redirects"
    )
    return table
