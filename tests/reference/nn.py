#!/usr/bin/python3
"""Reference values for models/nn and the encoders, from PyTorch 1.13 (Debian 12).

Usage: nn.py > nn.json. Made with python3-torch 1.13.0a0, numpy 1.24.2, Python 3.11.2;
"versions" in the file says what made it. All is computed in float64, so that differences
are those of the C code.

Inputs and weights are not in the file: value(i, salt) below makes them from integers, here
and in tests/unit/models/nn/reference.c, as multiples of 1/128 that float32 holds exactly.
Each case has its outputs and, for the loss sum(output * dy), all gradients.
"""
import json
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
M = 1 << 32
DY = 99  # the salt of every dy


def value(i, salt):
    x = (i * 2654435761 + salt * 2246822519) % M
    x ^= x >> 15
    x = x * 2246822519 % M
    return ((x >> 16) % 257 - 128) / 128


def make(salt, *shape, scale=1.0, shift=0.0, grad=True):
    n = int(np.prod(shape))
    flat = torch.tensor([value(i, salt) * scale + shift for i in range(n)])
    return flat.reshape(shape).requires_grad_(grad)


def digits(x):
    return [float("%.9g" % v) for v in x.detach().numpy().reshape(-1)]


def gradients(out, **inputs):
    """Of sum(out * dy), by name; out is shaped [n, width]."""
    dy = make(DY, *out.shape, grad=False)
    (out * dy).sum().backward()
    return {"d" + k: digits(v.grad) for k, v in inputs.items()}


# --- losses ----------------------------------------------------------------------------

def loss_case(loss, **inputs):
    total = loss.sum()
    total.backward()
    return dict({"d" + k: digits(v.grad) for k, v in inputs.items()},
                loss=[float("%.12g" % total.item())])


N = 24
MISSING = 5  # every row with i % MISSING == 3 has no target


def present():
    return [i for i in range(N) if i % MISSING != 3]


def bce():
    logit = make(1, N, scale=8)
    y = torch.tensor([float(i % 3 != 0) for i in range(N)])
    keep = present()
    return loss_case(F.binary_cross_entropy_with_logits(logit[keep], y[keep],
                                                        reduction="none"), logit=logit)


def softmax():
    logits = make(2, N, 4, scale=4)
    y = torch.tensor([i * i % 4 for i in range(N)])
    keep = present()
    return loss_case(F.cross_entropy(logits[keep], y[keep], reduction="none"), logits=logits)


def class_report():
    """By the definitions, counting; class 3 never occurs (i * i % 4 is 0 or 1, then + 1)."""
    logits = make(3, N, 5, grad=False).numpy().copy()
    logits[:, 4] = -2  # never predicted
    truth = [i * i % 4 + 1 for i in range(N)]
    keep = present()
    confusion = np.zeros((5, 5), int)
    for i in keep:
        confusion[truth[i], int(np.argmax(logits[i]))] += 1
    hits, support, predicted = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    f1 = [2 * h / (s + p) for h, s, p in zip(hits, support, predicted) if s + p]
    def ratio(a, b):
        return [float(x) / float(y) if y else None for x, y in zip(a, b)]
    return {"precision": ratio(hits, predicted), "recall": ratio(hits, support),
            "f1": ratio(2 * hits, support + predicted), "support": support.tolist(),
            "confusion": confusion.reshape(-1).tolist(),
            "accuracy": [float(hits.sum() / len(keep))], "macro_f1": [float(np.mean(f1))]}


def gaussian(beta):
    mu, a, y = make(4, N), make(5, N, scale=2), make(6, N, scale=2, grad=False)
    keep = present()
    sigma = torch.exp(a[keep])
    nll = -torch.distributions.Normal(mu[keep], sigma).log_prob(y[keep])
    plain = nll.sum().item()
    case = loss_case(nll * sigma.detach() ** (2 * beta) if beta else nll, mu=mu, a=a)
    return dict(case, loss=[plain])  # beta weighs the gradient only


def mixture():
    mu, a, u = make(7, N), make(8, N), make(9, N, scale=4)
    v, a2 = make(10, N, scale=2), make(11, N)
    y = make(12, N, scale=4, grad=False)
    keep = present()
    normal = torch.distributions.Normal
    ln1 = F.logsigmoid(-u) + normal(mu, torch.exp(a)).log_prob(y)
    ln2 = F.logsigmoid(u) + normal(mu + torch.exp(v), torch.exp(a2)).log_prob(y)
    return loss_case(-torch.logsumexp(torch.stack([ln1, ln2]), 0)[keep],
                     mu=mu, a=a, u=u, v=v, a2=a2)


# --- optimisers ------------------------------------------------------------------------

def optimiser(make_optimiser, decayed):
    """Three steps over a matrix [5][7], decayed, and a vector [19], not; gradient of step t
    has salt 30 + t and 40 + t, and rate 0.01 * t."""
    w, b = make(20, 5, 7), make(21, 19)
    o = make_optimiser([{"params": [w], "weight_decay": decayed},
                        {"params": [b], "weight_decay": 0.0}])
    case = {}
    for t in 1, 2, 3:
        for group in o.param_groups:
            group["lr"] = 0.01 * t
        w.grad = make(30 + t, 5, 7, scale=0.5, grad=False)
        b.grad = make(40 + t, 19, scale=0.5, grad=False)
        o.step()
        case["w%d" % t], case["b%d" % t] = digits(w), digits(b)
    return case


def clip(limit):
    w, b = make(20, 5, 7), make(21, 19)
    w.grad, b.grad = make(31, 5, 7, grad=False), make(41, 19, grad=False)
    norm = torch.nn.utils.clip_grad_norm_([w, b], limit)
    return {"norm": [norm.item()], "w": digits(w.grad), "b": digits(b.grad)}


# --- layers of the Transformer ---------------------------------------------------------

def norm(x, gain, bias):
    return F.layer_norm(x, x.shape[-1:], gain, bias)


def layernorm():
    x, gain, bias = make(1, 5, 24, scale=4, shift=1), make(2, 24, shift=1), make(3, 24)
    y = norm(x, gain, bias)
    return dict(gradients(y, x=x, gain=gain, bias=bias), y=digits(y))


def heads_attend(qkv, heads, causal):
    """qkv [n][3 d], rows of q, k, v side by side; out [n][d], weights [heads][n][n]."""
    n, width = qkv.shape[0], qkv.shape[1] // (3 * heads)
    q, k, v = qkv.reshape(n, 3, heads, width).permute(1, 2, 0, 3)
    scores = q @ k.transpose(1, 2) / width ** 0.5
    if causal:
        scores = scores.masked_fill(torch.ones(n, n).triu(1) > 0, -torch.inf)
    a = torch.softmax(scores, -1)
    return (a @ v).permute(1, 0, 2).reshape(n, heads * width), a


def attention(causal):
    qkv = make(1, 9, 3 * 12, scale=2)
    y, a = heads_attend(qkv, 2, causal)
    return dict(gradients(y, qkv=qkv), y=digits(y), weights=digits(a))


def transformer():
    """Two blocks of width 12, 3 heads, ffn 20, on 7 rows at positions 2, 3, .. of 10.
    Parameter i of the plan has salt 100 + i: matrices scale 1/2, gains 1 + value / 2."""
    d, ffn, heads, rows, layers = 12, 20, 3, 7, 2
    p = {}

    def add(name, *shape, shift=0.0):
        p[name] = make(100 + len(p), *shape, scale=0.5, shift=shift)

    def add_norm(name):
        add(name + ".weight", d, shift=1.0)
        add(name + ".bias", d)

    def add_linear(name, out, n_in):
        add(name + ".weight", out, n_in)
        add(name + ".bias", out)

    add("encoder.position.weight", 10, d)
    for i in range(layers):
        at = "encoder.layer.%d." % i
        add_norm(at + "attention.norm")
        add_linear(at + "attention.qkv", 3 * d, d)
        add_linear(at + "attention.out", d, d)
        add_norm(at + "ffn.norm")
        add_linear(at + "ffn.up", ffn, d)
        add_linear(at + "ffn.down", d, ffn)
    add_norm("encoder.norm")

    def affine(f, name, x):
        return f(x, p[name + ".weight"], p[name + ".bias"])

    x = make(1, rows, d, scale=2)
    h, weights = x + p["encoder.position.weight"][2:2 + rows], []
    for i in range(layers):
        at = "encoder.layer.%d." % i
        qkv = affine(F.linear, at + "attention.qkv", affine(norm, at + "attention.norm", h))
        mixed, a = heads_attend(qkv, heads, True)
        weights.append(a)
        h = h + affine(F.linear, at + "attention.out", mixed)
        up = affine(F.linear, at + "ffn.up", affine(norm, at + "ffn.norm", h))
        h = h + affine(F.linear, at + "ffn.down", F.gelu(up))
    h = affine(norm, "encoder.norm", h)
    return dict(gradients(h, x=x, **p), h=digits(h), attention=digits(torch.cat(weights)))


# --- other layers ----------------------------------------------------------------------

def linear():
    x, w, b = make(1, 5, 7), make(2, 6, 7), make(3, 6)
    y = F.linear(x, w, b)
    return dict(gradients(y, x=x, w=w, b=b), y=digits(y))


def embedding():
    """Rows 3, 0, none, 3, 1, 3 of a table [4][5], added to zeros."""
    table = make(1, 4, 5)
    index = torch.tensor([3, 0, 0, 3, 1, 3])
    y = F.embedding(index, table) * torch.tensor([1.0, 1, 0, 1, 1, 1])[:, None]
    return dict(gradients(y, table=table), y=digits(y))


def gelu():
    x = make(1, 8, 5, scale=4)
    y = F.gelu(x)
    return dict(gradients(y, x=x), y=digits(y))


def causal_conv(x, w, b, dilation):
    """x [n][in], w [out][taps][in] (PyTorch has [out][in][taps])."""
    padded = F.pad(x.T, ((w.shape[1] - 1) * dilation, 0))
    return F.conv1d(padded[None], w.permute(0, 2, 1), b, dilation=dilation)[0].T


def conv():
    x, w, b = make(1, 11, 3), make(2, 4, 3, 3), make(3, 4)
    y = causal_conv(x, w, b, 2)
    return dict(gradients(y, x=x, w=w, b=b), y=digits(y))


def each_channel(x, w, b, causal):
    taps = w.shape[1]
    before = taps - 1 if causal else taps // 2
    padded = F.pad(x.T, (before, taps - 1 - before))
    return F.conv1d(padded[None], w[:, None, :], b, groups=w.shape[0])[0].T


def depthwise(causal):
    x, w, b = make(1, 9, 5), make(2, 5, 4), make(3, 5)
    y = each_channel(x, w, b, causal)
    return dict(gradients(y, x=x, w=w, b=b), y=digits(y))


def separable():
    x, w, b, point, c = make(1, 9, 5), make(2, 5, 3), make(3, 5), make(4, 4, 5), make(5, 4)
    y = F.linear(each_channel(x, w, b, False), point, c)
    return dict(gradients(y, x=x, w=w, b=b, point=point, c=c), y=digits(y))


def spatial():
    """3 channels, 6 rows, 2 filters of depth 2, as EEGNet's depthwise Conv2d."""
    x, w, b = make(1, 3, 6, 2), make(2, 2, 2, 3), make(3, 4)
    planes = x.permute(2, 0, 1)[None]  # [1][filters][channels][rows]
    y = F.conv2d(planes, w.reshape(4, 1, 3, 1), b, groups=2)[0, :, 0, :].T
    return dict(gradients(y, x=x, w=w, b=b), y=digits(y))


def pool():
    x = make(1, 8, 5)
    y = F.avg_pool1d(x.T[None], 3)[0].T
    return dict(gradients(y, x=x), y=digits(y))


def gru_layer(x, w, u, b, c, h0):
    layer = torch.nn.GRU(x.shape[1], u.shape[1])
    for name in "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0":
        delattr(layer, name)
    layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0 = w, u, b, c
    layer._flat_weights = [w, u, b, c]
    return layer(x, h0[None])[0]


def gru(state):
    x, w, u = make(1, 9, 5, scale=2), make(2, 12, 5), make(3, 12, 4)
    b, c = make(4, 12), make(5, 12)
    h = gru_layer(x, w, u, b, c, make(6, 4) if state else torch.zeros(4))
    return dict(gradients(h, x=x, w=w, u=u, b=b, c=c), h=digits(h))


def lora():
    """Rank 2 and alpha 3 on [5][6]; dy is the gradient of the merged matrix."""
    w, a, b = make(1, 5, 6), make(2, 2, 6), make(3, 5, 2)
    merged = w + 3 / 2 * b @ a
    return dict(gradients(merged, a=a, b=b), merged=digits(merged))


# --- whole encoders; parameter i of the plan has salt 100 + i, as in transformer() ------

def cnn():
    """Three blocks of width 6, 3 taps, on 13 rows: the last block's taps reach 8 back."""
    d, taps, layers = 6, 3, 3
    p = {}

    def add(name, *shape, shift=0.0):
        p[name] = make(100 + len(p), *shape, scale=0.5, shift=shift)
        return p[name]

    x = make(1, 13, d, scale=2)
    h = x
    for i in range(layers):
        at = "encoder.layer.%d." % i
        gain, bias = add(at + "norm.weight", d, shift=1.0), add(at + "norm.bias", d)
        w, b = add(at + "conv.weight", d, taps, d), add(at + "conv.bias", d)
        h = h + F.gelu(causal_conv(norm(h, gain, bias), w, b, 2 ** i))
    gain, bias = add("encoder.norm.weight", d, shift=1.0), add("encoder.norm.bias", d)
    h = norm(h, gain, bias)
    return dict(gradients(h, x=x, **p), h=digits(h))


def gru_encoder():
    """Two layers of width 6 on 13 rows."""
    d = 6
    p = {}
    x = make(1, 13, d, scale=2)
    h = x
    for i in range(2):
        at = "encoder.layer.%d." % i
        names = ["input.weight", "recurrent.weight", "input.bias", "recurrent.bias"]
        shapes = [(3 * d, d), (3 * d, d), (3 * d,), (3 * d,)]
        of = []
        for name, shape in zip(names, shapes):
            of.append(make(100 + len(p), *shape, scale=0.5))
            p[at + name] = of[-1]
        h = gru_layer(h, *of, torch.zeros(d))
    return dict(gradients(h, x=x, **p), h=digits(h))


cases = {
    "value": {"x": [value(i, s) for s in (0, 1, 2) for i in range(10)]},
    "loss.bce": bce(),
    "loss.softmax": softmax(),
    "class_report": class_report(),
    "loss.gaussian": gaussian(0),
    "loss.beta": gaussian(0.5),
    "loss.mixture": mixture(),
    "sgd": optimiser(lambda p: torch.optim.SGD(p, lr=1, momentum=0.9), 0.0),
    "adamw": optimiser(lambda p: torch.optim.AdamW(p, lr=1), 0.01),
    "clip": clip(1.0),
    "clip.not": clip(1000.0),
    "layernorm": layernorm(),
    "attention": attention(False),
    "attention.causal": attention(True),
    "transformer": transformer(),
    "linear": linear(),
    "embedding": embedding(),
    "gelu": gelu(),
    "conv": conv(),
    "depthwise": depthwise(False),
    "depthwise.causal": depthwise(True),
    "separable": separable(),
    "spatial": spatial(),
    "pool": pool(),
    "gru": gru(False),
    "gru.state": gru(True),
    "lora": lora(),
    "encoder.cnn": cnn(),
    "encoder.gru": gru_encoder(),
}
versions = {"torch": torch.__version__, "numpy": np.__version__,
            "python": platform.python_version()}
lines = ["  %s: %s" % (json.dumps(name), json.dumps(case)) for name, case in cases.items()]
sys.stdout.write('{"versions": %s, "cases": {\n%s\n}}\n'
                 % (json.dumps(versions), ",\n".join(lines)))
