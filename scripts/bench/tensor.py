# The operations of tensor.lua in numpy, timed in the same way: see tensor.sh.
import sys
import time

import numpy as np

rounds, run = int(sys.argv[1]), float(sys.argv[2])
f32 = np.float32


def numbers(rows, columns):
    return np.random.default_rng(1).random((rows, columns), dtype=f32) + f32(0.1)


def operations(rows, columns):
    a, b = numbers(rows, columns), numbers(rows, columns)
    row, column = numbers(1, columns), numbers(rows, 1)
    turned = numbers(columns, rows).T
    order = np.arange(rows)[::-1].copy()
    one, low, high = f32(1), f32(0.3), f32(0.7)

    def in_place():
        np.copyto(a, b)
        np.add(a, b, out=a)

    yield "a + b", lambda: a + b
    yield "a * b", lambda: a * b
    yield "a / b", lambda: a / b
    yield "a + 1", lambda: a + one
    yield "a + row", lambda: a + row
    yield "a + column", lambda: a + column
    yield "a < b", lambda: a < b
    yield "a == b", lambda: a == b
    yield "a^2", lambda: a**2
    yield "max(a, b)", lambda: np.maximum(a, b)
    yield "clamp", lambda: np.clip(a, low, high)
    yield "where", lambda: np.where(b, a, b)
    yield "neg", lambda: -a
    yield "abs", lambda: np.abs(a)
    yield "sqrt", lambda: np.sqrt(a)
    yield "exp", lambda: np.exp(a)
    yield "log", lambda: np.log(a)
    yield "tanh", lambda: np.tanh(a)
    yield "sigmoid", lambda: one / (one + np.exp(-a))
    yield "sin", lambda: np.sin(a)
    yield "a += b", in_place
    yield "sum", lambda: a.sum()
    yield "sum, dim 1", lambda: a.sum(0)
    yield "sum, dim 2", lambda: a.sum(1)
    yield "mean, dim 1", lambda: a.mean(0)
    yield "max", lambda: a.max()
    yield "min", lambda: a.min()
    yield "argmax", lambda: a.argmax()
    yield "max, dim 1", lambda: a.max(0)
    yield "argmax, dim 1", lambda: a.argmax(0)
    yield "max, dim 2", lambda: a.max(1)
    yield "argmax, dim 2", lambda: a.argmax(1)
    yield "copy", lambda: a.copy()
    yield "rows", lambda: a[order]
    yield "transposed copy", lambda: turned.copy("C")
    yield "a + transposed", lambda: a + turned
    if rows == columns:
        yield "matmul", lambda: a @ b


def seconds(f, calls):
    start = time.thread_time()
    for _ in range(calls):
        f()
    return (time.thread_time() - start) / calls


for rows, columns in (4, 4), (25, 40), (1000, 1000):
    for name, f in operations(rows, columns):
        best = seconds(f, 10)
        calls = max(10, min(100000, int(run / best)))
        for _ in range(rounds):
            best = min(best, seconds(f, calls))
        print(f"{rows * columns}\t{name}\t{1e6 * best:.3f}")
