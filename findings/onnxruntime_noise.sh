#!/bin/sh
# onnxruntime 1.32.0 (PyPI; models by onnx 1.23.2), a policy with its noise in the graph (RandomNormalLike). Guess: without
# a seed the noise differs from session to session; with one it is the same at each run. Seen the other way round: all
# sessions of a process draw the same noise (two workers in threads explore alike), other noise in each process, so it
# cannot be repeated either; and with a seed the runs of a session differ, while two nodes of a graph that name the same
# seed are the same noise. onnx's own reference evaluator gives independent noise and repeats a seed at each run.
. "$(dirname "$0")/lib.sh"
pypi onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat > "$dir/noise.py" <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

def model(**seed):
    noise = [helper.make_node("RandomNormalLike", ["x"], [out], **seed) for out in ("y", "z")]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("x", "y", "z")]
    graph = helper.make_graph(noise, "noise", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

x = {"x": np.zeros(4, np.float32)}
def runtime(seed):
    session = onnxruntime.InferenceSession(model(**seed).SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, x)

def reference(seed):
    evaluator = ReferenceEvaluator(model(**seed))
    return lambda: evaluator.run(None, x)

if __name__ == "__main__":
    import subprocess
    import sys
    same = np.array_equal
    def elsewhere(text):
        code = f"import noise; print(*noise.runtime({text})()[0])"
        return [subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True).stdout
                for _ in range(2)]
    for engine in runtime, reference:
        for seed in {}, {"seed": 1.0}:
            a, b = engine(seed), engine(seed)
            first, second, other = a(), a(), b()
            print(f"{engine.__name__}, {'seed' if seed else 'no seed'}: two sessions alike {same(first[0], other[0])}, "
                  f"two runs {same(first[0], second[0])}, two nodes {same(first[0], first[1])}")
    for text in "{}", "{'seed': 1.0}":
        p, q = elsewhere(text)
        print(f"runtime, {'seed' if 'seed' in text else 'no seed'}: two processes alike {p == q}")
PY
seen=$(cd "$dir" && run_python noise.py)
expect "$seen" "runtime, no seed: two sessions alike True, two runs False, two nodes False
runtime, seed: two sessions alike True, two runs False, two nodes True
reference, no seed: two sessions alike False, two runs False, two nodes False
reference, seed: two sessions alike True, two runs True, two nodes True
runtime, no seed: two processes alike False
runtime, seed: two processes alike True"
