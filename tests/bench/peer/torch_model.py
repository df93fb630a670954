#!/usr/bin/python3
"""PyTorch's side of `./dev bench model`: the same encoder, on one thread.

Commands and answers are those of tests/bench/model.c, as far as they are here:
  model WIDTH LAYERS    makes it; answers "ok"
  check FILE            what model.c exported: answers the largest difference of outputs
  window | batch | train SECONDS
                        fastest run of the fastest form of the model, and the form's name;
                        CPU time of the process, which has one thread

Forms: `written`, plain functions with one matrix for q, k and v; `traced`, the same
through TorchScript, frozen for inference; `library`, torch.nn.TransformerEncoder, which has
a fast path of its own in inference.
"""
import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

HEADS, FFN, ROWS, BATCH = 4, 256, 128, 64
torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class Block(torch.nn.Module):
    def __init__(self, d: int):
        super().__init__()
        self.d = d
        self.norm1, self.norm2 = torch.nn.LayerNorm(d), torch.nn.LayerNorm(d)
        self.qkv, self.out = torch.nn.Linear(d, 3 * d), torch.nn.Linear(d, d)
        self.up, self.down = torch.nn.Linear(d, FFN), torch.nn.Linear(FFN, d)

    def forward(self, x, mask):
        b, n, d = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, n, 3, HEADS, d // HEADS)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        a = torch.matmul(q * (d // HEADS) ** -0.5, k.transpose(2, 3)) + mask
        y = torch.matmul(torch.softmax(a, -1), v).transpose(1, 2).reshape(b, n, d)
        x = x + self.out(y)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Written(torch.nn.Module):
    def __init__(self, d: int, layers: int):
        super().__init__()
        self.position = torch.nn.Parameter(torch.randn(ROWS, d) * 0.02)
        self.blocks = torch.nn.ModuleList([Block(d) for _ in range(layers)])
        self.norm = torch.nn.LayerNorm(d)
        self.register_buffer("mask", torch.full((ROWS, ROWS), -torch.inf).triu(1))

    def forward(self, x):
        x = x + self.position
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x)


class Library(torch.nn.Module):
    def __init__(self, d, layers):
        super().__init__()
        layer = torch.nn.TransformerEncoderLayer(
            d, HEADS, FFN, dropout=0.0, activation="gelu", batch_first=True,
            norm_first=True)
        self.position = torch.nn.Parameter(torch.randn(ROWS, d) * 0.02)
        self.encoder = torch.nn.TransformerEncoder(layer, layers, torch.nn.LayerNorm(d))
        self.register_buffer("mask", torch.full((ROWS, ROWS), -torch.inf).triu(1))

    def forward(self, x):
        return self.encoder(x + self.position, self.mask)


def load(model, tensors):
    """The parameters of model.c into Written, by its names."""
    names = {"attention.norm": "norm1", "attention.qkv": "qkv", "attention.out": "out",
             "ffn.norm": "norm2", "ffn.up": "up", "ffn.down": "down"}
    state = {"position": tensors["encoder.position.weight"], "mask": model.mask,
             "norm.weight": tensors["encoder.norm.weight"],
             "norm.bias": tensors["encoder.norm.bias"]}
    for i in range(len(model.blocks)):
        for theirs, ours in names.items():
            for part in "weight", "bias":
                state["blocks.%d.%s.%s" % (i, ours, part)] = \
                    tensors["encoder.layer.%d.%s.%s" % (i, theirs, part)]
    model.load_state_dict(state)


def read_export(path):
    with open(path, "rb") as file:
        shapes = json.loads(file.readline())
        return {name: torch.from_numpy(
            np.fromfile(file, np.float32, int(np.prod(shape))).reshape(shape))
            for name, shape in shapes}


def fastest(run, seconds):
    run()
    start, best = time.process_time(), 1e9
    while True:
        at = time.process_time()
        run()
        best = min(best, time.process_time() - at)
        if time.process_time() - start > seconds:
            return best


class Peer:
    def model(self, d, layers):
        torch.manual_seed(1)
        self.d = d
        self.written, self.library = Written(d, layers), Library(d, layers)
        self.x = torch.randn(BATCH, ROWS, d)
        self.dh = torch.randn(ROWS, d) * 1e-3
        self.inference = {"written": self.written, "traced": None, "library": self.library}
        self.training = {"written": self.written, "library": self.library}
        self.optimisers = {name: torch.optim.AdamW(m.parameters(), 1e-4, weight_decay=1e-2)
                           for name, m in self.training.items()}
        self.best, self.traced = {}, {}
        return "ok"

    def check(self, path):
        tensors = read_export(path)
        model = Written(self.d, len(self.written.blocks)).eval()
        load(model, tensors)
        with torch.inference_mode():
            h = model(tensors["x"][None])[0]
        return "%.3g" % (h - tensors["h"]).abs().max().item()

    def trace(self, x):
        """For one size of batch; two runs make it optimise."""
        if x.shape[0] not in self.traced:
            with torch.no_grad():
                model = torch.jit.freeze(torch.jit.trace(self.written.eval(), x))
            model(x), model(x)
            self.traced[x.shape[0]] = model
        return self.traced[x.shape[0]]

    def infer(self, x, seconds):
        """Of all forms in the first round, then of the fastest."""
        key, best = x.shape[0], (1e9, "")
        for name in [self.best[key]] if key in self.best else self.inference:
            model = self.trace(x) if name == "traced" else self.inference[name].eval()
            with torch.inference_mode():
                best = min(best, (fastest(lambda: model(x), seconds), name))
        self.best[key] = best[1]
        return "%.9g %s" % best

    def window(self, seconds):
        return self.infer(self.x[:1], seconds)

    def batch(self, seconds):
        return self.infer(self.x, seconds)

    def train(self, seconds):
        best = (1e9, "")
        for name in [self.best["train"]] if "train" in self.best else self.training:
            model, optimiser = self.training[name].train(), self.optimisers[name]

            def step():
                optimiser.zero_grad(set_to_none=True)
                (model(self.x) * self.dh).sum().backward()
                optimiser.step()
            best = min(best, (fastest(step, seconds), name))
        self.best["train"] = best[1]
        return "%.9g %s" % best


def main():
    peer = Peer()
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "model":
            answer = peer.model(int(rest[0]), int(rest[1]))
        elif word == "check":
            answer = peer.check(rest[0])
        else:
            answer = getattr(peer, word)(float(rest[0]))
        print(answer, flush=True)


main()
