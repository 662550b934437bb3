-- Crazy eights: a card game in which most of the 53 moves are against the rules at any time, with masks and without.
--
--   build/rlrun scripts/cards.lua                       learn with masks, then without: some 20 s each
--   rlrun --resume FOLDER                               go on with one that was ended
--
-- A card goes on one of the same suit or rank. An eight goes on everything, and whoever plays it names the suit that
-- follows: an action is two choices at once, card and suit. Who can play no card draws one. The first without cards
-- wins; the other player plays at random. Without masks a move against the rules loses the game.
local rl = require "rl"

local opt = rl.options { iterations = 100, games = 1000 } -- iterations of 4096 steps each; games of the evaluation

local SUITS, CARDS, DRAW, EIGHT = { "clubs", "diamonds", "hearts", "spades" }, 52, 53, 8
local function suit(card) return (card - 1) % 4 + 1 end
local function rank(card) return math.ceil(card / 4) end

-- What a hand allows, and how many cards are among that.
local function moves(game, hand)
  local allowed, n = {}, 0
  for card = 1, CARDS do
    allowed[card] = hand[card] == 1 and (rank(card) == EIGHT or suit(card) == game.suit or rank(card) == game.rank)
    if allowed[card] then n = n + 1 end
  end
  allowed[DRAW] = n == 0
  return allowed, n
end

local function play(game, hand, card, named)
  if card == DRAW then
    card = table.remove(game.deck) -- nil when it is empty
    if card then hand[card], hand.n = 1, hand.n + 1 end
  else
    hand[card], hand.n = 0, hand.n - 1
    game.rank, game.suit = rank(card), rank(card) == EIGHT and named or suit(card)
  end
end

local function observe(game)
  local seen = {}
  for card = 1, CARDS do seen[card] = game.own[card] end
  for i = 1, 4 do seen[CARDS + i] = game.suit == i and 1 or 0 end
  for i = 1, 13 do seen[CARDS + 4 + i] = game.rank == i and 1 or 0 end
  seen[70], seen[71], seen[72] = game.own.n / 5, game.other.n / 5, #game.deck / CARDS
  return seen
end

local function reset(game, rng)
  game.deck, game.own, game.other = {}, { n = 0 }, { n = 0 }
  for card = 1, CARDS do
    game.own[card], game.other[card] = 0, 0
    table.insert(game.deck, rng:integer(card), card)
  end
  for _ = 1, 5 do play(game, game.own, DRAW) play(game, game.other, DRAW) end
  play(game, { n = 1 }, table.remove(game.deck), rng:integer(4)) -- turned up
  return observe(game), { card = (moves(game, game.own)) }
end

local function step(game, action, rng)
  if not moves(game, game.own)[action.card] then return observe(game), -1, true end -- only without masks
  for i = 1, 4 do if SUITS[i] == action.suit then play(game, game.own, action.card, i) end end
  if game.own.n == 0 then return observe(game), 1, true end
  local allowed, n = moves(game, game.other)
  local left, card = n > 0 and rng:integer(n) or 1, 0
  repeat card = card + 1 if allowed[card] then left = left - 1 end until left == 0
  play(game, game.other, card, rng:integer(4))
  return observe(game), game.other.n == 0 and -1 or 0, game.other.n == 0, false, { card = (moves(game, game.own)) }
end

for task in rl.tasks({ masked = { true, false } }, opt) do
  local masked = task.masked
  local env = rl.lua_env { name = "crazy eights", n = 32, observation = 72, masked = masked, limit = 100, seed = 1,
    action = { card = { "discrete", DRAW }, suit = { "discrete", SUITS } }, reset = reset, step = step }
  local policy, value = rl.policy(env, { seed = 1 }), rl.value(env, { seed = 1 })
  local ppo = rl.ppo { env = env, policy = policy, value = value, seed = 1, gamma = 1, entropy_coef = 0.01,
                       reward_scaling = false }
  local run = rl.run { name = "cards", options = task, method = ppo, iterations = opt.iterations }
  for i in run:iterations() do
    local batch = ppo:collect(128)
    run:log(i, batch.stats, ppo:update(batch))
  end
  local won = 0
  for _, game in ipairs(env:evaluate(policy, { episodes = opt.games, deterministic = false, seed = 7 }).episodes) do
    if game["return"] > 0 then won = won + 1 end
  end
  run:finish()
  print(("%s masks: %d of %d games won"):format(masked and "with" or "without", won, opt.games))
end
