#!/bin/sh
# Do two builds leave the same bytes?
#
#   scripts/bench/same_bytes.sh OLD NEW [RENAMED]       a line for each script; exits 1 when anything differs
#
# OLD and NEW are the roots of two checkouts, each with a build/rlrun that was built there by the same compiler with the
# same options. Each runs its own scripts for some seconds, OLD on one thread and NEW on two (THREADS_OLD, THREADS_NEW),
# because results must not depend on it. Compared are the files that a run leaves, without columns of time, and standard
# output without times: not config.json, event files and reports, which tell when and where a run was made and otherwise
# what progress.csv does, nor what a checkpoint has of the run around its objects. Files that only NEW leaves do not
# count. Two things are told, but do not count: other code around the same data in a replay, and other words around the
# same numbers in standard output. Last, NEW goes on with the searches, policies and
# designs that OLD has saved.
#
# RENAMED is a file of what has another name in NEW on purpose, a line each: "old new" for a column of CSV files,
# "--old --new" for an option. In the environment:
#
#   SAME_BYTES_CACHE=FOLDER    keeps what OLD left, for the next time
#   KEEP=FOLDER                keeps what NEW left, to look at
#   ONLY=REGEX                 the lines of the table below that match
#   SEED=3                     of all scripts; not 1, which a build that forgets the seed would take
set -eu

[ $# -eq 2 ] || [ $# -eq 3 ] || { sed -n '4s/^# *\(.*RENAMED\]\).*/usage: \1/p' "$0" >&2; exit 2; }
for root in "$1" "$2"; do
  [ -x "$root/build/rlrun" ] || { echo "same_bytes: there is no $root/build/rlrun" >&2; exit 2; }
done
renamed=${3:-/dev/null}
[ -r "$renamed" ] || { echo "same_bytes: cannot read $renamed" >&2; exit 2; }
unset LUA_PATH LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_4 # each takes its own modules

absolute() { mkdir -p "$1" && (cd "$1" && pwd); }
old_root=$(absolute "$1") new_root=$(absolute "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# name, script, options
cases() {
  cat <<'END'
moonwalk              moonwalk.lua iterations=8
moonwalk_muscles      moonwalk.lua actuation=muscles iterations=4
muscle_walk           muscle_walk.lua generations=4 popsize=12 seconds=5 max_minutes=60
muscle_walk_thrown    muscle_walk.lua generations=2 popsize=8 seconds=5 max_minutes=60 throws=2 noise=0.05 episodes=2
muscle_walk_design    muscle_walk.lua load=scripts/designs/human_1.3.lua max_minutes=0
cmaes_walk            cmaes_walk.lua generations=30
cmaes_walk_biped      cmaes_walk.lua creature=biped generations=10 hidden=8
cmaes_walk_quadruped  cmaes_walk.lua creature=quadruped generations=5
ars                   ars.lua iterations=5 test_every=3 test_episodes=5
ars_hopper            ars.lua env=hopper variant=V1 iterations=40 hidden=16
ars_cartpole          ars.lua env=cartpole variant=V2 iterations=10
tetris                tetris.lua iterations=8
tetris_constant       tetris.lua height=10 features=dellacherie_thiery entry=fit noise=constant iterations=3
lua_env               lua_env.lua iterations=10
bipedal_walker        bipedal_walker.lua steps=32768 horizon=256 copies=16 episodes=5
bipedal_hardcore      bipedal_walker.lua env=bipedal_walker_hardcore steps=8192 horizon=256 copies=16 episodes=5
codesign              codesign.lua seeds=1 generations=5 popsize=12 test_episodes=2
codesign_motors       codesign.lua actuation=motors creature=gnome seeds=2 generations=8 popsize=12 test_episodes=2
imaginary             imaginary.lua generations=4 popsize=12 test_episodes=2 body=true
ppo_by_hand           ppo_by_hand.lua compare=true iterations=15
train_design          train_design.lua design=scripts/designs/human_1.3.lua iterations=2 test_episodes=4
train_design_strider  train_design.lua creature=strider design=scripts/designs/strider_1.2.lua iterations=2
robustness            robustness.lua creature=reflex_human trials=6 seconds=5
robustness_design     robustness.lua creature=gnome design=scripts/designs/gnome_1.2.lua trials=6 seconds=5 ground=steps
speeds                speeds.lua speeds=1.5 gravities=1.62 generations=2 popsize=8 seconds=4 test_seconds=5
methods               study/methods.lua steps=10000 seeds=2 evaluations=4 episodes=5
methods_pendulum      study/methods.lua env=pendulum steps=10000 seeds=1 gamma=0.9 reward_scaling=true episodes=5
methods_hopper        study/methods.lua env=hopper steps=10000 seeds=1 episodes=5
implementation        study/implementation_matters.lua steps=8192 seeds=2 episodes=5
natural_gradient      study/natural_gradient.lua updates=20 copies=200
search_methods        study/search_methods.lua runs=2 budget=4000 dimension=5 seeds=1 episodes=256
save_and_load         -
END
}

# The save part, in OLD, and the load part, in NEW; what both print must be equal.
save_and_load() {
  cat <<'END'
local rl = require "rl"
local opt = rl.options { folder = "", save = false }

local function show(name, ...)
  local words = { name }
  for _, value in ipairs { ... } do
    if type(value) == "userdata" then -- a tensor
      for i = 1, #value do words[#words + 1] = ("%.17g"):format(value:get(i)) end
    elseif type(value) == "table" then
      for i = 1, #value do words[#words + 1] = ("%.17g"):format(value[i]) end
    else
      words[#words + 1] = ("%.17g"):format(value)
    end
  end
  print(table.concat(words, " "))
end

-- In OLD an error ends the script; in NEW it is what is found.
local function case(name, run)
  if opt.save then return run(opt.folder .. "/" .. name) end
  local ok, message = pcall(run, opt.folder .. "/" .. name)
  if not ok then print(name .. " fails: " .. tostring(message)) end
end

-- Searches, of a return above zero: power wants that.
local function value(x)
  local sum = 0
  for i, xi in ipairs(x) do sum = sum + (xi - i / 3) ^ 2 end
  return 100 / (1 + sum)
end

local function tell(es, x)
  local values = {}
  for k = 1, #x do values[k] = value(x[k]) end
  es:tell(x, values)
end

local function best_value(es) -- whichever its name
  for _, name in ipairs { "best_value", "best_return" } do
    local known, best = pcall(function() return es[name] end)
    if known and best then return best end
  end
end

-- Five more iterations, after the values of `x` if those were still to be told.
local function go_on(name, es, x)
  if x then tell(es, x) end
  for _ = 1, 5 do
    x = es:ask_lists()
    for k = 1, #x do show(name .. " x", x[k]) end
    tell(es, x)
    show(name, es.mean, es.deviation, es.best, best_value(es), es.sigma, es.popsize, es.iterations, es.evaluations,
      es.restarts)
  end
end

local none = math.huge
local function problem(kind)
  if kind == "plain" then return { x0 = { 2, 0, -3, 2, 1 } } end
  if kind == "space" then
    return { space = rl.space { a = rl.param(1, 0.5, 0, 4), b = { rl.param(-1, 0.2), rl.param(2, 1, -3, 3) } } }
  end
  return { x0 = { 2, 0, -3, 2, 1 }, lower = -4, upper = { 4, none, none, 2.5, none }, scale = { 1, 2, 1, 0.5, 1 },
           fixed = { 2 }, integer = { 3 } }
end

local function falling(iteration) return 0.5 * 0.9 ^ iteration end

for _, row in ipairs {
  { "cmaes", "cmaes", {} },
  { "cmaes_not_active", "cmaes", { active = false } },
  { "cmaes_diagonal", "cmaes", { diagonal = true } },
  { "cmaes_ipop", "cmaes", { restarts = "ipop" }, restarts = 1 },
  { "cmaes_bipop", "cmaes", { restarts = "bipop" }, restarts = 3 },
  { "cmaes_reevaluate", "cmaes", { reevaluate = 0.3 } },
  { "cem", "cem", { popsize = 20, noise = falling } },
  { "cem_full", "cem", { popsize = 20, full = true } },
  { "rwr", "rwr", { popsize = 20 } },
  { "pi2", "pi2", { popsize = 20 } },
  { "pi2_adapt", "pi2", { popsize = 20, adapt = true, full = true } },
  { "power", "power", {} },
  { "ars", "ars", { sigma = 0.1, top = 4, lr = falling } },
  { "openai_es", "openai_es", { directions = 10 } },
  { "finite_difference", "finite_difference", {} },
  { "finite_difference_random", "finite_difference", { directions = 3, central = false, normalize = true } },
  { "hill_climb", "hill_climb", {} },
  { "hill_climb_reevaluate", "hill_climb", { reevaluate = true } },
} do
  for _, kind in ipairs { "plain", "mixed", "space" } do
    for _, moment in ipairs { "told", "asked" } do
      local name = row[1] .. "_" .. kind .. "_" .. moment
      case(name, function(path)
        local options = problem(kind)
        for key, option in pairs(row[3]) do options[key] = option end
        options.seed = opt.seed -- not the same in OLD and NEW
        local es, x = rl[row[2]](options), nil
        if opt.save then
          while es.iterations < 7 or es.restarts < (row.restarts or 0) do tell(es, es:ask_lists()) end
          if row[2] == "cmaes" then es:inject(es.mean) end
          if moment == "asked" then x = es:ask_lists() end
          assert(es:save(path))
          assert(rl.save_design(path .. ".lua", { x = x }))
        else
          assert(es:load(path))
          x = assert(rl.load_design(path .. ".lua")).x
        end
        go_on(name, es, x)
      end)
    end
  end
end

-- Policies, trained a little so that their normalisers have seen something.
for _, row in ipairs {
  { "policy_discrete", "cartpole", {} },
  { "policy_box", "hopper", { hidden = { 8, 8 } } },
  { "policy_linear", "biped", { hidden = {}, std = "fixed", normalize = false } },
  { "policy_state", "pendulum", { hidden = { 8 }, std = "state", layer_norm = true, activation = "relu" } },
  { "policy_with_value", "quadruped", { hidden = { 8 }, value_head = true } },
} do
  case(row[1], function(path)
    local env, policy = rl.env(row[2], { n = 8, seed = 3 }), nil
    if opt.save then
      row[3].seed = 3
      policy = rl.policy(env, row[3])
      local value_net = not row[3].value_head and rl.value(env, { hidden = { 8 }, seed = 3 }) or nil
      local ppo = rl.ppo { env = env, policy = policy, value = value_net, seed = 3 }
      ppo:update(ppo:collect(64))
      assert(policy:save(path))
    else
      policy = assert(rl.load_policy(path, env))
    end
    show(row[1], policy.theta, env:evaluate(policy, { episodes = 5, seed = 4 }).mean_return,
      env:evaluate(policy, { episodes = 5, seed = 4, deterministic = false }).mean_return)
  end)
end

-- Whole creatures as designs.
for _, name in ipairs { "biped", "reflex_human" } do
  case("design_" .. name, function(path)
    local creature
    if opt.save then
      creature = rl.creature(name)
      assert(rl.save_design(path, creature))
    else
      creature = assert(rl.load_design(path))
    end
    local env = rl.env(creature, { seed = 3, time_limit = 5 })
    show("design_" .. name, (env:evaluate_designs({ creature }, { episodes = 3, seed = 4 })))
  end)
end
END
}

# What differs between two runs for no other reason than when and where they were made; and since 0.2 a folder's name
# tells what was set.
without_stamp='s/-[0-9]\{8\}-[0-9]\{6\}-/-/; s/\(-[0-9]*\)-[a-z_]*=[^/ ]*/\1/'
timeless() { # runs' folder
  sed -e "s|$1/||g" -e "$without_stamp" -e 's/seconds [0-9.]*/seconds/' -e 's/_per_second [0-9.]*/_per_second/' |
    awk -F '|' -v OFS='|' '
      /^\|/ && !table { for (i = 1; i <= NF; i++) timed[i] = $i ~ /^ *seconds/ }
      { table = /^\|/; for (i = 1; table && i <= NF; i++) if (timed[i]) $i = ""; print }'
}

# Runs a script in a checkout; leaves its status, standard output and runs in folder/name, without times.
record() ( # root threads folder name script option ...
  root=$1 threads=$2 runs=$3/$4 errors=$3/$4.stderr script=$5
  shift 5
  for option; do
    shift
    set -- "$@" --set "$option"
  done
  rm -rf "$runs"
  mkdir -p "$runs"
  status=0
  (cd "$root" && build/rlrun --quiet --seed "$seed" --threads "$threads" --out "$runs" "$script" "$@") \
    </dev/null >"$work/stdout" 2>"$errors" || status=$?
  echo "$status" >"$runs/status"
  timeless "$runs" <"$work/stdout" >"$runs/stdout"
  rm -f "$runs"/*/config.json "$runs"/*/events.out.tfevents.* "$runs"/*/report.html "$runs"/*/report.json
  for folder in "$runs"/*/; do
    if [ -d "$folder" ]; then mv "$folder" "$(echo "${folder%/}" | sed "$without_stamp")"; fi
  done
)

# The same for OLD unless it has been done; complete, or not there.
record_old() { # name script option ...
  [ -d "$old/$1" ] && return
  record "$old_root" "$threads_old" "$work/old" "$@"
  mv "$work/old/$1.stderr" "$work/old/$1" "$old/" 2>/dev/null || [ -d "$old/$1" ] # another run was first
}

record_new() { record "$new_root" "$threads_new" "$new" "$@"; }

# The columns of a CSV file, one a line, by name and without those of time.
columns() { # file renamed
  awk -F , -v renamed="$2" '
    BEGIN { while ((getline line < renamed) > 0) { split(line, word, " "); new[word[1]] = word[2] } }
    NR == 1 { n = NF; for (i = 1; i <= n; i++) text[i] = $i in new ? new[$i] : $i; next }
    { for (i = 1; i <= n; i++) text[i] = text[i] "," $i }
    END { for (i = 1; i <= n; i++) print text[i] }' "$1" |
    grep -vE '^(seconds|steps_per_second)(,|$)' | LC_ALL=C sort
}

# What a replay has had from the first: without feet and a note, and without a reward at the start, which is none.
recording() {
  sed -n -E 's/.*id="recording"[^>]*>//
    T
    s/"feet":(\{\}|\[(\{[^}]*\},?)*\]),//
    s/"note":"[^"]*",//
    s/("name":"reward[^"]*","unit":"","values":\[)(0|null)/\1null/g
    p' "$1"
}
numbers() { grep -oE -- '-?([0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?|\<(nan|inf)\>)' "$1"; }

# What a checkpoint has, but for the run's own array, which has its seconds, and the terms of rewards, which are in the order
# of a table in Lua.
cat >"$work/arrays.lua" <<'END'
local file = assert(io.open(require("rl").options { file = "" }.file, "rb"))
local bytes = file:read("*a")
file:close()
local size = 0
for i = 8, 1, -1 do size = size * 256 + bytes:byte(i) end
local header, names, arrays = bytes:sub(9, 8 + size), {}, {}
for name, kind, from, to in header:gmatch('"([^"]+)":({"dtype":"[^}]-)"data_offsets":%[(%d+),(%d+)%]') do
  names[#names + 1] = name
  arrays[name] = kind .. bytes:sub(9 + size + from, 8 + size + to)
end
assert(#names > 0, "no arrays")
table.sort(names)
for _, name in ipairs(names) do
  if name ~= "run" and not name:find("term[s_]") then io.write(name, arrays[name], "\n") end
end
END
arrays() { "$new_root/build/rlrun" --quiet "$work/arrays.lua" --set "file=$1"; }

# The first words of the lines that differ, once each.
differing() { diff "$1" "$2" | sed -n 's/^[<>] \([^, ]*\).*/\1/p' | sort -u | head -n 8 | tr '\n' ' ' | sed 's/ $//'; }

# Sets `differs` and `but`.
compare_file() { # file of old, of new, its name
  cmp -s "$1" "$2" && return
  case $3 in */checkpoints/*) [ -f "$2" ] || return 0 ;; esac # when there is one depends on the clock
  if [ ! -f "$1" ] || [ ! -f "$2" ]; then
    differs="$differs $3 (missing in one)"
    return
  fi
  case $3 in
    *.csv)
      columns "$1" "$renamed" >"$work/a" || :
      columns "$2" /dev/null >"$work/b" || :
      cmp -s "$work/a" "$work/b" || differs="$differs $3 ($(differing "$work/a" "$work/b"))" ;;
    *.safetensors)
      arrays "$1" >"$work/a"
      arrays "$2" >"$work/b"
      cmp -s "$work/a" "$work/b" || differs="$differs $3" ;;
    *.html)
      recording "$1" >"$work/a"
      recording "$2" >"$work/b"
      if [ -s "$work/a" ] && cmp -s "$work/a" "$work/b"; then
        but="$but, the code of $3"
      else
        differs="$differs $3"
      fi ;;
    stdout)
      numbers "$1" >"$work/a" || :
      numbers "$2" >"$work/b" || :
      if cmp -s "$work/a" "$work/b"; then
        but="$but, words of standard output"
      else
        differs="$differs $3 ($(differing "$1" "$2"))"
      fi ;;
    *) differs="$differs $3" ;;
  esac
}

compare() { # name
  differs="" but=""
  for folder in "$old" "$new"; do
    [ "$(cat "$folder/$1/status")" = 0 ] ||
      differs="$differs $([ "$folder" = "$old" ] && echo OLD || echo NEW) failed ($(head -n 1 "$folder/$1.stderr"))"
  done
  for file in $(cd "$old" && find "$1" -type f ! -name status | sort); do
    compare_file "$old/$file" "$new/$file" "${file#"$1"/}"
  done
  if [ -n "$differs" ]; then
    echo "DIFFERS  $1:$differs"
    failed=1
  else
    echo "same     $1${but:+ (but for ${but#, })}"
  fi
}

threads_old=${THREADS_OLD:-1} threads_new=${THREADS_NEW:-2} seed=${SEED:-3}
new=$(absolute "${KEEP:-$work/new}")
key=$({ echo "$threads_old $seed"; cat "$0"; cd "$old_root"
        find build/rlrun lua scripts -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat; } | cksum | tr ' ' -)
old=$(absolute "${SAME_BYTES_CACHE:-$work}/$key")

# s/old=/new=/ for each renamed option
sed -n 's/^--\([a-z_]*\)  *--\([a-z_]*\)$/s,\\([^a-z_]\\)\1\\( *=\\),\\1\2\\2,g/p' "$renamed" >"$work/options.sed"
save_and_load >"$work/save.lua"
sed -f "$work/options.sed" "$work/save.lua" >"$work/load.lua"
cases | grep -E "${ONLY:-.}" >"$work/cases" || { echo "same_bytes: nothing matches $ONLY" >&2; exit 2; }
failed=0
while read -r name script options; do
  if [ "$name" = save_and_load ]; then # with another seed, so that what NEW goes on with is what it has loaded
    saves=$(absolute "$old/saves")
    record_old "$name" "$work/save.lua" "folder=$saves" save=true
    record_new "$name" "$work/load.lua" "folder=$saves" seed=2
  else
    # shellcheck disable=SC2086 # options are words
    record_old "$name" "scripts/$script" $options
    # shellcheck disable=SC2046
    record_new "$name" "scripts/$script" $(echo " $options" | sed -f "$work/options.sed")
  fi
  compare "$name"
done <"$work/cases"
exit "$failed"
