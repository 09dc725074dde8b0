"""Records what the matrix unit of an NVIDIA GPU computes, for GpuDeviceTest.

usage: python3 gpu/capture.py FOLDER [--device cuda]

Needs torch with CUDA, triton, numpy and safetensors, no network and no model; it takes some minutes.
FOLDER is tensor/src/test/resources/gpu/NAME, with NAME as in hopper-h100. It will hold:

  device.json          the GPU, its architecture, versions, and how long each part took
  steps.safetensors    single steps: TYPE.CLASS.N.a [64, 16], .b [16, 64], .c and .d [64, 64]
  order.safetensors    products of a kernel with a fixed order, k ascending: TYPE.M.N.K
  cublas.safetensors   the same products by torch (cuBLAS): TYPE.M.N.K, and .half with its rounding

Of a product, 64 rows and columns evenly spread are kept, as float32. Operands of products are made
by a rule (splitmix64 of the tensor's name), so that they need not be kept.
"""

import argparse
import json
import os
import time

import numpy as np
import torch
import triton
import triton.language as tl
from safetensors.numpy import save_file

TYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16}
CLASSES = ("gauss", "wide", "cancel", "subnormal", "codes", "overflow")
ARCHITECTURES = {(7, 0): "volta", (7, 5): "turing", (8, 0): "ampere", (8, 6): "ampere", (8, 9): "ada", (9, 0): "hopper", (10, 0): "blackwell", (12, 0): "blackwell"}

# Rows, outputs, depth: layers of the 2B (decoder and tower), the head's depth, scores and weighted values.
SHAPES = ((64, 1536, 1536), (64, 256, 1536), (64, 8960, 1536), (64, 1536, 8960), (256, 1280, 1184), (256, 3840, 1280), (256, 5120, 1280), (256, 1280, 5120), (64, 5120, 5120), (64, 1536, 5120), (320, 320, 128), (256, 256, 80))
REPETITIONS = 3
STEP = 16


@triton.jit
def one_step(a, b, c, d, K: tl.constexpr):
    """D = A B + C for [64, K] by [K, 64]."""
    i = tl.arange(0, 64)
    j = tl.arange(0, 64)
    k = tl.arange(0, K)
    x = tl.load(a + i[:, None] * K + k[None, :])
    y = tl.load(b + k[:, None] * 64 + j[None, :])
    z = tl.load(c + i[:, None] * 64 + j[None, :])
    tl.store(d + i[:, None] * 64 + j[None, :], tl.dot(x, y, z))


@triton.jit
def fixed_order(x, w, y, M, N, K, STEP: tl.constexpr):
    """Y = X W^T, [M, K] by [N, K]: steps of the unit, k ascending, one accumulator from +0."""
    i = tl.program_id(0) * 64 + tl.arange(0, 64)
    j = tl.program_id(1) * 64 + tl.arange(0, 64)
    total = tl.zeros((64, 64), dtype=tl.float32)
    for first in range(0, K, STEP):
        k = first + tl.arange(0, STEP)
        a = tl.load(x + i[:, None] * K + k[None, :], mask=i[:, None] < M, other=0.0)
        b = tl.load(w + j[None, :] * K + k[:, None], mask=j[None, :] < N, other=0.0)
        total = tl.dot(a, b, total)
    tl.store(y + i[:, None] * N + j[None, :], total, mask=(i[:, None] < M) & (j[None, :] < N))


def rule(name, count, scale):
    """Numbers in (-scale, scale): splitmix64 from FNV-1a of the name; 24 bits each."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (((z >> np.uint64(40)).astype(np.float64) * 2.0 / (1 << 24) - 1.0) * scale).astype(np.float32)


def by_rule(name, shape, dtype, device, scale):
    numbers = rule(name, int(np.prod(shape)), scale).reshape(shape)
    return torch.from_numpy(numbers).to(dtype).to(device)


def bits(tensor, kind):
    return tensor.detach().cpu().contiguous().view(kind).numpy()


def operands(kind, dtype, random):
    """A [64, 16] and B [16, 64] as 16-bit patterns, C [64, 64] as float32."""
    if kind == "codes":
        a, b = (random.randint(0, 65536, 64 * STEP).astype(np.uint16) for _ in range(2))
        c = random.randint(0, 2**32, 4096, dtype=np.uint64).astype(np.uint32).view(np.float32)
        return a, b, c
    a, b, c = random.randn(64 * STEP), random.randn(64 * STEP), random.randn(4096)
    if kind == "wide":
        a, b = a * 2.0 ** random.randint(-12, 12, a.size), b * 2.0 ** random.randint(-12, 12, b.size)
        c = c * 2.0 ** random.randint(-30, 30, c.size)
    if kind == "cancel":
        a = a.reshape(64, STEP)
        a[:, 8:] = -a[:, :8]
        a, c = a.ravel(), c * 1e-4
    if kind == "subnormal":
        a, b, c = a * 2.0**-20, b * 2.0**-18, c * 2.0**-40
    if kind == "overflow":
        a, b, c = a * 2e4, b * 2e4, c * 3e38
    a, b = (bits(torch.from_numpy(x.astype(np.float32)).to(dtype), torch.int16).view(np.uint16) for x in (a, b))
    with np.errstate(over="ignore"):
        return a, b, c.astype(np.float32)


def steps(device):
    found = {}
    random = np.random.RandomState(17)
    for name, dtype in TYPES.items():
        for kind in CLASSES:
            for n in range(REPETITIONS):
                a, b, c = operands(kind, dtype, random)
                d = torch.empty(4096, dtype=torch.float32, device=device)
                x, y = (torch.from_numpy(v.view(np.int16)).view(dtype).to(device) for v in (a, b))
                one_step[(1,)](x, y, torch.from_numpy(np.ascontiguousarray(c)).to(device), d, STEP)
                key = f"{name}.{kind}.{n}"
                found[key + ".a"], found[key + ".b"] = a.reshape(64, STEP), b.reshape(STEP, 64)
                found[key + ".c"] = np.ascontiguousarray(c).view(np.uint32).reshape(64, 64)
                found[key + ".d"] = bits(d, torch.int32).view(np.uint32).reshape(64, 64)
    return found


def kept(product):
    """64 rows and columns, evenly spread."""
    rows, columns = (torch.arange(64) * n // 64 for n in product.shape)
    return product.cpu()[rows][:, columns]


def products(device, compute):
    found = {}
    for name, dtype in TYPES.items():
        for m, n, k in SHAPES:
            x = by_rule(f"x{m}x{k}", (m, k), dtype, device, 2.0)
            w = by_rule(f"w{n}x{k}", (n, k), dtype, device, (3.0 / k) ** 0.5)
            compute(found, f"{name}.{m}.{n}.{k}", x, w)
    return found


def ordered(found, key, x, w):
    y = torch.empty((x.shape[0], w.shape[0]), dtype=torch.float32, device=x.device)
    grid = (triton.cdiv(x.shape[0], 64), triton.cdiv(w.shape[0], 64))
    fixed_order[grid](x, w, y, x.shape[0], w.shape[0], x.shape[1], STEP)
    found[key] = bits(kept(y), torch.int32).view(np.uint32)


def cublas(found, key, x, w):
    found[key + ".half"] = bits(kept(torch.nn.functional.linear(x, w)), torch.int16).view(np.uint16)
    try:
        found[key] = bits(kept(torch.mm(x, w.t(), out_dtype=torch.float32)), torch.int32).view(np.uint32)
    except RuntimeError:
        pass  # Not every version and device returns the accumulator.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    device = options.device
    about = {"torch": torch.__version__, "triton": triton.__version__, "cuda": torch.version.cuda}
    if device == "cuda":
        capability = torch.cuda.get_device_capability()
        about["device"] = torch.cuda.get_device_name()
        about["architecture"] = ARCHITECTURES[capability]
    else:
        about["device"], about["architecture"] = device, "hopper"
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    os.makedirs(options.folder, exist_ok=True)
    parts = {"steps": lambda: steps(device), "order": lambda: products(device, ordered), "cublas": lambda: products(device, cublas)}
    for part, run in parts.items():
        start = time.time()
        save_file(run(), os.path.join(options.folder, part + ".safetensors"))
        about[part] = f"{time.time() - start:.1f} s"
        print(part, about[part], flush=True)
    with open(os.path.join(options.folder, "device.json"), "w") as file:
        json.dump(about, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
