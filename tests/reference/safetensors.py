#!/usr/bin/python3
"""Writes tests/reference/tiny.safetensors and tiny.json, its values, with numpy and the
standard library alone, from the format's description
(https://github.com/huggingface/safetensors#format): 8 bytes little-endian length N, N bytes
of JSON, then the data; data_offsets count from the end of the header.

Run from the top folder with Debian's python3-numpy; the output is stored in the repository.
As other writers do, the header is not in the order of the data and has spaces at its end.
"""
import json
import struct

import numpy as np

FOLDER = "tests/reference/"


def bfloat16(x):
    """Upper half of the float32, rounded to nearest even."""
    bits = x.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def main():
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(3, 4)).astype("<f4")
    half = rng.normal(size=5).astype("<f2")
    brain = rng.normal(size=(2, 2, 2)).astype("<f4")
    small = rng.integers(-127, 128, size=(4, 3), dtype="i1")
    scalar = np.array(0.1, "<f4")
    tensors = {
        "encoder.weight": ("F32", weight, weight.tobytes()),
        "half": ("F16", half, half.tobytes()),
        "brain": ("BF16", (bfloat16(brain).astype("<u4") << 16).view("<f4"),
                  bfloat16(brain).tobytes()),
        "small": ("I8", small, small.tobytes()),
        "scalar": ("F32", scalar, scalar.tobytes()),
        "注意": ("F32", np.zeros((0, 2), "<f4"), b""),
    }
    header, data, at = {}, b"", 0
    for name, (dtype, values, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(values.shape),
                        "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        data += raw
    header = dict(reversed(header.items()))
    metadata = {"format": "pt", "text": "line\nbreak \"quoted\" é \U0001f3d5"}
    text = json.dumps({"__metadata__": metadata, **header}).encode()
    text += b" " * (-len(text) % 8)
    with open(FOLDER + "tiny.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)
    with open(FOLDER + "tiny.json", "w", encoding="utf-8") as out:
        json.dump({"metadata": metadata,
                   "tensors": {name: {"dtype": d, "shape": list(v.shape),
                                      "values": [float(x) for x in v.ravel()]}
                               for name, (d, v, _) in tensors.items()}},
                  out, indent=1)
        out.write("\n")


main()
