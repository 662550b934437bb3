// A game with a Box2D of its own: it links the library and, as a game that is changed inside does, exports other versions
// of two of its functions, one that is called from outside and one that the library calls itself. The module must step
// its creatures as rlrun does, and never come here.
//
//   foreign RLRUN SCRIPT      LUA_PATH and LUA_CPATH lead to the module; SCRIPT returns a number, and prints it in rlrun
#include <box2d/box2d.h>
#include <lua.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

static int steps, solves;

void b2World::Solve(const b2TimeStep &) { solves++; }

static void show(const char *what, double value) { std::printf("%s %.17g\n", what, value); }

static double run_here(const char *script) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_loadfile(L, script) || lua_pcall(L, 0, 1, 0)) {
    std::fprintf(stderr, "%s\n", lua_tostring(L, -1));
    std::exit(1);
  }
  double value = lua_tonumber(L, -1);
  lua_close(L);
  return value;
}

static double run_in(const char *rlrun, const char *script) {
  std::string command = std::string(rlrun) + " --quiet " + script;
  std::FILE *pipe = popen(command.c_str(), "r");
  double value = 0;
  if (!pipe || std::fscanf(pipe, "%lf", &value) != 1 || pclose(pipe)) std::exit(1);
  return value;
}

// What the linker finds for everyone who asks the program for b2World::Step.
extern "C" void foreign_step(b2World *, float, int32, int32) __asm__("_ZN7b2World4StepEfii");
void foreign_step(b2World *, float, int32, int32) { steps++; }

int main(int, char **argv) {
  b2World own({0.0f, -10.0f});
  own.Step(0.01f, 1, 1);
  int before = steps;
  double here = run_here(argv[2]), there = run_in(argv[1], argv[2]);
  show("here ", here);
  show("rlrun", there);
  std::printf("foreign functions: %d of 1 call is the game's own, %d\n", before, steps + solves);
  return before == 1 && steps + solves == 1 && here == there && here != 0.0 ? 0 : 1;
}
