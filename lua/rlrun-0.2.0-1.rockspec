-- From the top folder: luarocks make lua/rlrun-0.2.0-1.rockspec
-- LuaRocks has another module `rl`; a program can have only one of the two on its path.
rockspec_format = "3.0"
package = "rlrun"
version = "0.2.0-1"
source = { url = "file://." } -- there is no released archive yet
description = {
  summary = "Reinforcement learning scripted in Lua, run at C speed",
  detailed = "Creatures that walk, policy-gradient methods and derivative-free searches. Needs Box2D 2.4, OpenBLAS, cJSON.",
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua ~> 5.4" }
build = {
  type = "cmake",
  variables = {
    -- Without these LuaRocks 3.8 installs into the system, unoptimised, whatever tree it was given.
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    CMAKE_INSTALL_BINDIR = "$(BINDIR)",
    CMAKE_INSTALL_LIBDIR = "librl", -- "lib" is for modules alone
    RL_INSTALL_CMOD = "$(LIBDIR)",
    RL_INSTALL_LMOD = "$(LUADIR)",
    RL_LUA = "5.4",
    RL_TESTS = "OFF",
  },
}
