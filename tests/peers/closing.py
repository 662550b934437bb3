"""Luas that open and close inside Python, each after work on two threads and with a third at work: closing.py [N]"""
import gc
import os
import sys

sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)  # or the module finds no Lua
from lupa import lua54  # noqa: E402

host = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host")
times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
for _ in range(times):
    lua = lua54.LuaRuntime()
    for script in ("train.lua", "thread.lua"):
        lua.globals().dofile(os.path.join(host, script))
    del lua
    gc.collect()
lua = lua54.LuaRuntime()  # this one is left to the end of Python
lua.globals().dofile(os.path.join(host, "thread.lua"))
print(f"closed {times} times")
