-- The API reference: one page of HTML that needs nothing else, from the definition files.
--
--   rlrun lua/docs/reference.lua OUT.html          (or: cmake --build build --target docs)
local rl = require "rl"
local here = arg[0]:match("^(.*/)") or "./"
package.path = here .. "?.lua;" .. package.path
local annotations = require "annotations"

local STYLE = [[
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #2563b0; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab4f8; } }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 17rem 1fr; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; border-right: 1px solid var(--line); padding: 1rem;
  box-sizing: border-box; font-size: 13px; }
nav a { display: block; } nav a.method { padding-left: 1rem; } nav b { display: block; margin-top: 1rem; }
nav input { width: 100%; box-sizing: border-box; padding: .3rem; font: inherit; }
main { padding: 1rem 2rem 6rem; max-width: 60rem; min-width: 0; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h2 { border-bottom: 1px solid var(--line); margin-top: 3rem; }
h3 { font: 600 15px/1.5 ui-monospace, monospace; background: var(--soft); padding: .2rem .6rem; margin: 2rem 0 .5rem;
  overflow-wrap: anywhere; }
h3.method { background: none; border-left: 3px solid var(--line); margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid var(--line); padding: .2rem .6rem .2rem 0;
  vertical-align: top; } td:first-child, td:nth-child(2) { font-family: ui-monospace, monospace; font-size: 13px; }
table { table-layout: fixed; } td { overflow-wrap: anywhere; } td:first-child { width: 24%; }
td:nth-child(2) { width: 28%; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1rem; } }
]]

local SCRIPT = [[
const box = document.querySelector("nav input"), links = [...document.querySelectorAll("nav a")];
box.addEventListener("input", () => { const word = box.value.toLowerCase();
  for (const a of links) a.hidden = !a.textContent.toLowerCase().includes(word); });
]]

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
local function escape(text) return (text:gsub('[&<>"]', escapes)) end

local known = {}

-- Text with a link at every name that the reference has.
local function linked(text)
  return (escape(text):gsub("rl%.[%w_]+[:%.]?[%w_]*", function(name)
    local short = name:match("^rl%.[%w_]+")
    local target = known[name] and name or short
    if not known[target] then return name end
    return ('<a href="#%s">%s</a>%s'):format(known[target], target, name:sub(#target + 1))
  end))
end

local function rows(list)
  local out = {}
  for _, row in ipairs(list) do
    out[#out + 1] = ("<tr><td>%s%s</td><td>%s</td><td>%s</td></tr>"):format(
      escape(row.name or ""), row.optional and "?" or "", linked(row.type), linked(row.text or ""))
  end
  return #out > 0 and "<table>" .. table.concat(out, "\n") .. "</table>" or ""
end

-- Functions and classes may have one name: rl.tensor.
local function id(item) return item.name .. (item.kind == "function" and "()" or "") end
local function css(item) return item.name:find(":") and ' class="method"' or "" end
local function heading(item, label) return ('<h3 id="%s"%s>%s</h3>'):format(id(item), css(item), label) end

local function paragraph(text) return text ~= "" and "<p>" .. linked(text) .. "</p>" or "" end

local show = {}
function show.section(item) return ('<h2 id="%s">%s</h2>'):format(escape(item.title), escape(item.title)) end
function show.class(item)
  local parents = #item.parents > 0 and " : " .. linked(table.concat(item.parents, ", ")) or ""
  return heading(item, escape(item.name) .. parents) .. paragraph(item.text) .. rows(item.fields)
end
show["function"] = function(item)
  local list = {}
  for _, param in ipairs(item.params) do list[#list + 1] = param end
  for _, value in ipairs(item.returns) do
    list[#list + 1] = { name = "returns", type = value.type, text = value.text }
  end
  for _, overload in ipairs(item.overloads) do list[#list + 1] = { name = "or", type = overload } end
  return heading(item, escape(("%s(%s)"):format(item.name, item.args))) .. paragraph(item.text) .. rows(list)
end
function show.value(item) return heading(item, escape(item.name)) .. paragraph(item.text .. " " .. item.type) end
function show.alias(item)
  return heading(item, escape(item.name)) .. paragraph(item.text .. " " .. item.type) .. rows(item.choices)
end

local function page(items)
  local nav, body = {}, {}
  for _, item in ipairs(items) do
    if item.name then known[item.name] = known[item.name] or id(item) end
  end
  for _, item in ipairs(items) do
    body[#body + 1] = show[item.kind](item)
    if item.title then nav[#nav + 1] = "<b>" .. escape(item.title:match("^[^:]+")) .. "</b>" end
    if item.name then nav[#nav + 1] = ('<a href="#%s"%s>%s</a>'):format(id(item), css(item), escape(id(item))) end
  end
  return ('<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n'
    .. "<title>rl %s: reference</title>\n<style>%s</style>\n"
    .. "<nav><input placeholder=\"find\" aria-label=\"find\">%s</nav>\n"
    .. "<main><h1>rl %s</h1>\n%s\n</main>\n<script>%s</script>\n</html>\n"):format(
    rl.version, STYLE, table.concat(nav, "\n"), rl.version, table.concat(body, "\n"), SCRIPT)
end

local out = assert(arg[1], "where to? rlrun lua/docs/reference.lua OUT.html")
local items = {}
for _, name in ipairs(annotations.files) do
  for _, item in ipairs(annotations.load(here .. "../rl/meta/" .. name .. ".lua")) do items[#items + 1] = item end
end
local file = assert(io.open(out, "w"))
assert(file:write(page(items)))
assert(file:close())
