# Doubles the last bias of a policy's file, as one does in Python.
import sys
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

path = sys.argv[1]
with safe_open(path, "np") as file:
    metadata = file.metadata()
arrays = load_file(path)
arrays["policy.layers.2.bias"] *= 2
save_file(arrays, path, metadata=metadata)
