-- CONTRIBUTING.md gives the wings as CMakeLists.txt has them.
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")

describe("the table of wings", function()
  it("is that of CMakeLists.txt", function()
    local built, written = {}, {}
    for line in io.lines(root .. "/CMakeLists.txt") do
      local layer, wing, uses = line:match("^rl_wing%((%l+) (%l+)%s*([%l ]*)%)")
      if not layer then
        layer, wing, uses = "lua/core", line:match("^rl_binding_wing%((%l+)%s*([%l ]*)%)")
      end
      if wing then built[#built + 1] = ("%s/%s: %s"):format(layer, wing, uses) end
    end
    for line in io.lines(root .. "/CONTRIBUTING.md") do
      local wing, uses = line:match("^| `([%l/]+)` | ([%l ]-) ?|")
      if wing then written[#written + 1] = ("%s: %s"):format(wing, uses) end
    end
    assert.is_true(#built > 20)
    assert.are.same(built, written)
    for _, row in ipairs(written) do
      assert.is_truthy(child.list(root .. "/" .. row:match("^(.-):"))[1], row) -- no empty folder
    end
  end)

  it("is the only way in: no include goes through the parent of a folder", function()
    local _, found = child.shell(root, [[grep -rnE '#include "([^"]*/)?\.\./' runtime envs lua tests]])
    assert.are.equal("", found)
  end)
end)
