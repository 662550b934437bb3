-- What muscles of ours do at the points that muscles.py asks for, a line each in `ask`, and a line each in `answer`.
local rl = require "rl"

local opt = rl.options { ask = "", answer = "" }

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
local muscle, state
local answers = {
  -- f_max l_opt l_slack v_max tau_activation tau_deactivation: what the lines below are of
  muscle = function(f_max, l_opt, l_slack, v_max, up, down)
    muscle = { f_max = f_max, l_opt = l_opt, l_slack = l_slack, v_max = v_max, tau_activation = up,
               tau_deactivation = down }
  end,
  curves = function(length, velocity, strain)
    local at = rl.muscle_curves { length = length, velocity = velocity, strain = strain }
    return at.active, at.passive, at.velocity, at.tendon
  end,
  rest = function(unit_length, activation)
    state = rl.muscle_rest(muscle, unit_length, activation)
    return state.length, state.force / muscle.f_max
  end,
  step = function(excitation, unit_length, dt, steps)
    state = rl.muscle_step(muscle, state, excitation, unit_length, dt, steps)
    return state.activation, state.force / muscle.f_max
  end,
}

local out = assert(io.open(opt.answer, "w"))
for line in io.lines(opt.ask) do
  local what, numbers = line:match("^(%S+)(.*)$")
  local given = {}
  for word in numbers:gmatch("%S+") do given[#given + 1] = assert(tonumber(word)) end
  out:write(table.concat({ answers[what](unpack(given)) }, " "), "\n")
end
out:close()
