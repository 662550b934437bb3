"""The module inside of Python: lupa's Lua 5.4, with numbers as Python and numpy have them."""
import os
import sys

import numpy

sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)  # or the module finds no Lua
from lupa import lua54  # noqa: E402

lua = lua54.LuaRuntime(encoding="latin1")  # strings are bytes
rl = lua.require("rl")
rl = rl[0] if isinstance(rl, tuple) else rl
table = lua.table_from


def refused(message, f, *arguments):
    try:
        f(*arguments)
    except lua54.LuaError as error:
        assert message in str(error), error
    else:
        raise AssertionError("not refused: " + message)


def train(reward):
    env = rl.env("cartpole", table({"n": 8, "seed": 1, "reward": reward}))
    policy = rl.policy(env)
    ppo = rl.ppo(table({"env": env, "policy": policy, "value": rl.value(env)}))
    lengths = []
    for _ in range(15):
        batch = ppo.collect(ppo, 128)
        ppo.update(ppo, batch)
        lengths.append(batch.stats.mean_length)
    return lengths


# Arrays, whole, there and back.
x = numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 7
t = rl.frombytes(x.tobytes().decode("latin1"), *x.shape)
back = numpy.frombuffer(t.tobytes(t).encode("latin1"), numpy.float32).reshape(2, 3)
assert (back == x).all()
refused("24 bytes are not float32 numbers", rl.frombytes, x.tobytes().decode("latin1"), 4)

# What is no number or flag to Lua is refused by the name that lupa gives it, not taken for something.
kind = "POBJECT"
for wrong in (numpy.float32(1), numpy.int64(1), [1.0], object()):
    env = rl.env("cartpole", table({"reward": lambda s, a, wrong=wrong: wrong}))
    env.reset(env)
    refused("reward must return a number or a table of named terms, got " + kind, env.step, env, rl.zeros(1))
env = rl.env("cartpole", table({"done": lambda s, a: numpy.bool_(False)}))
env.reset(env)
refused("done must return true or false, got " + kind, env.step, env, rl.zeros(1))
for wrong in (numpy.float32(1), numpy.int64(1), [1.0], x):
    refused("got " + kind, rl.tensor, wrong)
    refused("number expected, got " + kind, rl.tensor, table([wrong]))

# A Python function as reward, of Python's and of numpy's double: it trains as with Lua's own.
plain = train(lua.eval("function(s) return 1 - math.abs(s.x) end"))
python = train(lambda s, a: 1 - abs(s.x))
double = train(lambda s, a: numpy.float64(1) - abs(s.x))
assert plain == python == double, (plain, python, double)
assert plain[-1] > 2 * plain[0], plain

# An exception arrives as it is, with the place in the game's own code.
def broken(s, a):
    raise KeyError("of the game")


env = rl.env("cartpole", table({"reward": broken}))
env.reset(env)
try:
    env.step(env, rl.zeros(1))
except KeyError as error:
    assert "of the game" in str(error)
except lua54.LuaError as error:
    assert "of the game" in str(error), error
else:
    raise AssertionError("the exception is lost")
print("lupa: the module trains inside Python: episodes of %.0f, then %.0f steps" % (plain[0], plain[-1]))
