-- Runs busted inside rlrun: the same process, module and sanitizers as the scripts.
require "busted.runner" { standalone = false }
