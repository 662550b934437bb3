#!/bin/sh
# cpprb 11.0.0 (PyPI), a replay memory of returns over several steps (Nstep). Guess: where a time limit cuts an episode, the last
# transitions lead to its last observation, over the steps that are left. Seen, with on_episode_end() called as it asks: for
# Nstep of 3 the last two lead to an observation of ones that nobody has put in, and done is 0, as it must be at a time limit.
# A critic bootstraps from the value of ones, discounted by three steps where one or two were added up. The others are right,
# and so is an episode that terminates, where next_obs does not count. Whose task ends by time only (a walker that stands, a
# pendulum) learns from a state that does not exist, Nstep - 1 times in each episode.
. "$(dirname "$0")/lib.sh"
pypi cpprb==11.0.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import cpprb

def memory(n, terminates):
    buffer = cpprb.ReplayBuffer(32, {"obs": {}, "rew": {}, "next_obs": {}, "done": {}},
                                Nstep={"size": n, "gamma": .5, "rew": "rew", "next": "next_obs"})
    for episode in 1, 2, 3:
        for t in range(5):
            at = 100 * episode + t
            buffer.add(obs=at, rew=1, next_obs=at + 1, done=float(terminates and t == 4))
        buffer.on_episode_end()
    return buffer.get_all_transitions()

for n, terminates in (2, False), (3, False), (5, False), (3, True):
    kept = memory(n, terminates)
    print(f"Nstep {n}, {'terminated' if terminates else 'time limit'}, third episode:",
          *(f"{kept['obs'][i, 0]:g}->{kept['next_obs'][i, 0]:g} ({kept['rew'][i, 0]:g}, done {kept['done'][i, 0]:g})"
            for i in range(10, 15)))
PY
)
expect "$seen" "Nstep 2, time limit, third episode: 300->302 (1.5, done 0) 301->303 (1.5, done 0) 302->304 (1.5, done 0) 303->305 (1.5, done 0) 304->1 (1, done 0)
Nstep 3, time limit, third episode: 300->303 (1.75, done 0) 301->304 (1.75, done 0) 302->305 (1.75, done 0) 303->1 (1.5, done 0) 304->1 (1, done 0)
Nstep 5, time limit, third episode: 300->305 (1.9375, done 0) 301->1 (1.875, done 0) 302->1 (1.75, done 0) 303->1 (1.5, done 0) 304->1 (1, done 0)
Nstep 3, terminated, third episode: 300->303 (1.75, done 0) 301->304 (1.75, done 0) 302->305 (1.75, done 0) 303->1 (1.5, done 1) 304->1 (1, done 1)"
