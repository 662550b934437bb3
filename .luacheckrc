std = "min"
max_line_length = 120
files["tests/spec"] = { std = "+busted" }
files["lua/rl/meta"] = { ignore = { "212", "241", "431", "631" } } -- declarations only
files["tests/host"] = { globals = { "GAME", "again", "train", "work" } } -- for the programs in C
files["tests/host/love_closing"] = { std = "luajit+love" }
files["tests/host/love_playing"] = { std = "luajit+love", globals = { "love" } }
files["scripts/love"] = { std = "luajit+love" }
files["scripts/bench/love_chase"] = { std = "luajit+love" }
files["tests/host/love"] = { std = "luajit+love" }
