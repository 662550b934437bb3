"""The module inside of Python: lupa's Lua 5.4, with numbers as Python and numpy have them."""
import os
import sys

import numpy

sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)  # or the module finds no Lua
from lupa import lua54  # noqa: E402

lua = lua54.LuaRuntime(encoding="latin1", unpack_returned_tuples=True)  # strings are bytes; step has four results
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

# Numbers and flags of numpy are taken; what is none to Lua is refused by the name that lupa gives it.
kinds = (numpy.float32, numpy.float64, numpy.int64, numpy.uint8, numpy.float16)
for kind in kinds:
    assert rl.tensor(kind(3)).item(rl.tensor(3)) == 3
    assert rl.tensor(table([kind(1), 2.0])).sum(rl.tensor(table([kind(1), 2.0]))) == 3
    env = rl.env("cartpole", table({"n": kind(2) if kind is numpy.int64 else 2, "limit": kind(3),
                                    "reward": lambda s, a, kind=kind: kind(2)}))
    env.reset(env)
    _, reward, _, _ = env.step(env, rl.zeros(2))
    assert reward.totable(reward)[1] == 2
    env = rl.env("cartpole", table({"reward": lambda s, a, kind=kind: table({"one": kind(1), "two": kind(2)}),
                                    "done": lambda s, a: numpy.bool_(True)}))
    env.reset(env)
    _, reward, terminated, _ = env.step(env, rl.zeros(1))
    assert reward.totable(reward)[1] == 3 and terminated.totable(terminated)[1] == 1
    game = rl.lua_env(table({
        "observation": 2, "action": table(["discrete", 2]), "reset": lambda self, rng, kind=kind: table([kind(1), kind(2)]),
        "step": lambda self, action, rng, kind=kind: (table([kind(1), kind(2)]), kind(5), numpy.bool_(False), numpy.bool_(True))}))
    game.reset(game)
    _, reward, terminated, truncated = game.step(game, rl.zeros(1))
    assert reward.totable(reward)[1] == 5
    assert terminated.totable(terminated)[1] == 0 and truncated.totable(truncated)[1] == 1
    search = rl.cem(table({"x0": table([kind(1), kind(2)]), "sigma": kind(2), "popsize": numpy.int64(4)}))
    candidates = search.ask(search)
    search.tell(search, candidates, rl.map(lambda row, i, kind=kind: kind(i), candidates)[0])
    search.tell(search, search.ask(search), table([kind(1), kind(2), kind(3), kind(4)]))
ppo = rl.ppo(table({"env": game, "policy": rl.policy(game), "value": rl.value(game), "lr": numpy.float32(1e-3)}))
agent = ppo.agent(ppo)
agent.act(agent, table([numpy.float32(1), 2]))
agent.reward(agent, table([numpy.float32(1)]), numpy.bool_(True), table([numpy.bool_(False)]))
kind = "POBJECT"
for wrong in ([1.0], numpy.ones(1, numpy.float32), object(), numpy.complex64(1)):
    env = rl.env("cartpole", table({"reward": lambda s, a, wrong=wrong: wrong}))
    env.reset(env)
    refused("reward must return a number or a table of named terms, got " + kind, env.step, env, rl.zeros(1))
    env = rl.env("cartpole", table({"done": lambda s, a, wrong=wrong: wrong}))
    env.reset(env)
    refused("done must return true or false, got " + kind, env.step, env, rl.zeros(1))
    refused("got " + kind, rl.tensor, wrong)
    refused("number expected, got " + kind, rl.tensor, table([wrong]))
    game = rl.lua_env(table({"observation": 1, "action": table(["discrete", 2]), "reset": lambda self, rng, wrong=wrong: wrong,
                             "step": lambda self, action, rng: 0}))
    refused("reset ", game.reset, game)

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
