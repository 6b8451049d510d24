"""Pictures: the same pixels in every format that is read, and damage that checksums of PNG do not show."""

import io
import struct
import zlib

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")


def as_format(data, kind):
    """The picture in another format."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        opened.convert("RGB" if opened.mode not in ("L", "RGB") else opened.mode).save(out, kind)
    return out.getvalue()


def chunks(data):
    """(kind, body) of a PNG file's chunks, as far as they go."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def joined(parts):
    """A PNG file of chunks, every checksum right."""
    whole = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in parts:
        whole.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(whole)


def damaged_pixels(rng, data):
    """A PNG file whose compressed pixels are damaged and whose checksums are right."""
    parts = [list(part) for part in chunks(data)]
    body = bytearray(rng.choice([part for part in parts if part[0] == b"IDAT"])[1])
    for _ in range(rng.choice((1, 1, 3))):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    if rng.random() < 0.2:
        del body[rng.randrange(len(body)) :]
    next(part for part in parts if part[0] == b"IDAT")[1] = bytes(body)
    return joined(parts)


def changed_chunks(rng, data):
    """A PNG file with chunks changed, doubled, left out or out of order, checksums right."""
    parts = [list(part) for part in chunks(data)]
    place = rng.randrange(len(parts))
    what = rng.randrange(6)
    if what < 3:
        body = bytearray(parts[place][1] or b"\0")
        at = rng.randrange(len(body))
        size = rng.choice((1, 4))
        body[at : at + size] = rng.choice((0, 1, 3, 255, 2**31, 2**32 - 1)).to_bytes(4, "big")[-size:]
        parts[place][1] = bytes(body)
    elif what == 3:
        parts.insert(rng.randrange(len(parts)), parts[place])
    elif what == 4:
        del parts[place]
    else:
        kind = rng.choice((b"tEXt", b"zTXt", b"iCCP", b"eXIf", b"acTL", b"PLTE", b"tRNS", b"ABCD", b"iTXt"))
        body = rng.choice(
            (b"", b"a\0\0" + zlib.compress(bytes(30 << 20)), b"MM\0*" + bytes(40), bytes(rng.randrange(900)))
        )
        parts.insert(1, [kind, body])
    return joined(parts)


def pixels(data):
    """The pixels by Pillow, an independent decoder of what is kept; None where it cannot read them."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as opened:
            return opened.convert("RGB").tobytes()
    except Exception:
        return None


def huge(rng, kind):
    """The header of a picture of absurd size, with few bytes behind it."""
    width, height = rng.choice(((1 << 20, 1 << 20), (65535, 65535), (60000, 60000), (1, 2**31 - 1), (30000, 30000)))
    if kind == "BMP":
        size = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        return b"BM" + struct.pack("<IHHI", 1 << 20, 0, 0, 54) + size + bytes(999)
    if kind == "GIF":
        return b"GIF89a" + struct.pack("<HHBBB", width & 0xFFFF, height & 0xFFFF, 0, 0, 0) + bytes(99)
    if kind == "WEBP":
        canvas = (width - 1 & 0xFFFFFF).to_bytes(3, "little") + (height - 1 & 0xFFFFFF).to_bytes(3, "little")
        return b"RIFF" + struct.pack("<I", 200) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas + bytes(170)
    head = struct.pack(">IIBBBBB", width, height & 0x7FFFFFFF, 8, 2, 0, 0, 0)
    return joined([(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1 << 20))), (b"IEND", b"")])
