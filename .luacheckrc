std = "min"
max_line_length = 120
files["tests/spec"] = { std = "+busted" }
files["lua/rl/meta"] = { ignore = { "212", "241", "431", "631" } } -- declarations only
files["scripts/love"] = { std = "luajit+love" }
