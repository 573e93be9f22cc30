"""Attention of one decoded token by PyTorch, beside `bench device attention`: adds rows of the same form to a file.

    python3 bench/sdpa.py results.jsonl [--shape llama-3.1-8b] [-d 32768,131072] [--sequences 1,8] [-r 10]

Dense, keys and values in F16 in one piece, by scaled_dot_product_attention. Its bandwidth is that of summing up 2 GiB.
"""

import argparse
import json
import statistics
import sys
import time

SHAPES = {  # query heads, KV heads, head dim
    "llama-3.2-1b": (32, 8, 64),
    "llama-3.2-3b": (24, 8, 128),
    "llama-3.1-8b": (32, 8, 128),
    "qwen3-0.6b": (16, 8, 128),
}


def numbers(text):
    return [int(n) for n in text.split(",")]


def repeated(torch, run, repetitions):
    """Seconds of a run in each repetition, by the device's clock; one lasts 20 ms, as in bench device."""
    run()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(5):
        run()
    torch.cuda.synchronize()
    times = max(1, int(0.02 * 5 / (time.perf_counter() - start)))
    seconds = []
    for _ in range(repetitions):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(times):
            run()
        end.record()
        torch.cuda.synchronize()
        seconds.append(begin.elapsed_time(end) / 1e3 / times)
    return seconds


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file", help="a .jsonl to add to")
    options.add_argument("--shape", default="llama-3.1-8b", choices=sorted(SHAPES))
    options.add_argument("-d", type=numbers, default=[32768, 131072], metavar="DEPTHS")
    options.add_argument("--sequences", type=numbers, default=[1, 8])
    options.add_argument("-r", type=int, default=10, metavar="REPETITIONS")
    options.add_argument("--commit", default="unknown")
    given = options.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("PyTorch is not there: pip install torch.")
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU: it needs NVIDIA's driver, and a build with CUDA.")
    attend = torch.nn.functional.scaled_dot_product_attention
    heads, kv_heads, dim = SHAPES[given.shape]
    memory = torch.ones(1 << 29, device="cuda")
    bandwidth = memory.numel() * 4 / min(repeated(torch, memory.sum, given.r))
    del memory
    for sequences in given.sequences:
        for depth in given.d:
            q, k, v = (
                torch.randn(sequences, h, n, dim, device="cuda", dtype=torch.float16)
                for h, n in ((heads, 1), (kv_heads, depth + 1), (kv_heads, depth + 1))
            )
            try:
                seconds = repeated(torch, lambda: attend(q, k, v, enable_gqa=True), given.r)
            except RuntimeError as e:
                print(f"{sequences} sequences after {depth} tokens are left out: {str(e).splitlines()[0]}", file=sys.stderr)
                continue
            median = statistics.median(seconds)
            size = 2 * k.numel() * k.element_size()
            row = {
                "kind": "device",
                "version": 1,
                "command": "python3 bench/sdpa.py " + " ".join(sys.argv[1:]),
                "machine": torch.cuda.get_device_name(0),
                "jvm": f"no JVM: Python {sys.version.split()[0]}, PyTorch {torch.__version__}",
                "commit": given.commit,
                "part": "attention",
                "shape": given.shape,
                "device": "cuda:0",
                "deviceName": torch.cuda.get_device_name(0),
                "setting": "PyTorch, dense f16",
                "depth": depth,
                "sequences": sequences,
                "layers": 1,
                "seconds": median,
                "spread": (max(seconds) - min(seconds)) / 2 / median,
                "repetitions": seconds,
                "bytes": size,
                "bandwidth": bandwidth,
                "roofline": size / median / bandwidth,
            }
            with open(given.file, "a") as out:
                out.write(json.dumps(row) + "\n")
            print(f"{row['setting']}, {sequences} × {depth}: {median * 1e6:.1f} µs, {row['roofline']:.0%} of {bandwidth / 1e12:.2f} TB/s")
            del q, k, v


main()
