-- The colours of pages, replays and pictures, by day and by night.
--
--   colours.style            CSS: --paper, --card, --ink, --dim, --line, --accent; others in <html data-theme="dark">
--   colours.switch           a script for the head of a page: data-theme is what was chosen, or else what the system
--                            has; a button of class "theme" changes it, here and in the pages within this one
--   colours.curves           of curves, one after the other
--   colours.worlds[name]     { dark =, light = } of what a scene (scene.lua, replay.html) has around the creature
--   colours.sides            { dark =, light = }: face and edge of what is left, right, between, and thrown
--   colours.world_of(head)   the name of the world that a recording is set in
local colours = {}

colours.style = [[
  :root {
    color-scheme: light; --paper: #fff; --card: #f4f5f8; --ink: #1c2130; --dim: #5d667d; --line: #d9dde6;
    --accent: #1668b8;
  }
  :root[data-theme=dark] {
    color-scheme: dark; --paper: #11141d; --card: #181c28; --ink: #dfe5f3; --dim: #8f99b0; --line: #2a3145;
    --accent: #7cc4ff;
  }
  .within .theme { display: none; } /* the page around it has one */
]]

colours.switch = [[
<script>
"use strict";
{
  const page = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)"), name = "rlrun-theme";
  let chosen;
  const read = () => { try { chosen = localStorage.getItem(name) || chosen; } catch { /* it has no storage */ } };
  const show = () => {
    page.dataset.theme = chosen || (system.matches ? "dark" : "light");
    dispatchEvent(new Event("theme"));
  };
  page.classList.toggle("within", window !== window.top);
  read();
  show();
  system.addEventListener("change", show);
  addEventListener("storage", () => { read(); show(); }); // chosen in a page around or within this one
  addEventListener("click", event => {
    if (!event.target.closest || !event.target.closest(".theme")) return;
    chosen = page.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem(name, chosen); } catch { /* for this page alone */ }
    show();
  });
}
</script>
]]

-- Distinct for all kinds of sight, on white and on black (Okabe and Ito, the yellow and the black left out).
colours.curves = { "#1f83c4", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8a8a8a" }

-- sky from the top down, stars from 0 to 1, two ranges of hills, the ground's edge and what lies below, ink of its
-- marks, posts, the forces of the ground.
colours.worlds = {
  moon = {
    dark = { sky = { "#03040a", "#0a0e1c", "#1a2036" }, stars = 1, far = "#23283a", near = "#2f3446", top = "#9aa0ad",
             soil = { "#6f7582", "#23262f" }, ink = "#15171d", post = "#d7dcea", force = "#ffe066" },
    light = { sky = { "#d5ddec", "#e9eef6", "#fafbfd" }, stars = 0, far = "#d3d9e5", near = "#c6cdda", top = "#5f6775",
              soil = { "#bcc3cf", "#eceef3" }, ink = "#262b36", post = "#4d5563", force = "#b3261e" },
  },
  mars = {
    dark = { sky = { "#0f090c", "#38201f", "#7a4a38" }, stars = 0.4, far = "#4d2a23", near = "#3f221d", top = "#d08a5f",
             soil = { "#9a5636", "#2c1713" }, ink = "#1e0e09", post = "#f1d9c6", force = "#ffe066" },
    light = { sky = { "#efd3b8", "#f7e4d1", "#fdf5ec" }, stars = 0, far = "#e6c3a5", near = "#dcb18e",
              top = "#9a5128", soil = { "#d99a6c", "#f3dbc5" }, ink = "#3d1c0c", post = "#7c4326", force = "#a01414" },
  },
  earth = {
    dark = { sky = { "#0b1026", "#1d2550", "#5b4a7a" }, stars = 0.35, far = "#2a2a55", near = "#232349",
             top = "#8fc79a", soil = { "#3f6b53", "#16231f" }, ink = "#0d1a15", post = "#e7eee6", force = "#ffe066" },
    light = { sky = { "#8fc7f2", "#c3e1f7", "#eef7fc" }, stars = 0, far = "#bcd3cf", near = "#a5c5b4", top = "#3f7d4e",
              soil = { "#8fc08f", "#dcecd6" }, ink = "#173021", post = "#3a5a45", force = "#8f1212" },
  },
  above = { -- floor, a line each metre, walls, what is solid
    dark = { floor = "#11151f", grid = "#202738", wall = "#8f99b0", solid = "#333c52", ink = "#8f99b0" },
    light = { floor = "#f8f9fc", grid = "#e2e7f0", wall = "#59616f", solid = "#cfd5e0", ink = "#59616f" },
  },
  paper = { top = "#5c6370", soil = { "#e3e6eb", "#ffffff" }, ink = "#5c6370", force = "#b3261e" },
}

colours.sides = {
  dark = { l = { { "#5b8def", "#31528f" } }, r = { { "#ffb45c", "#9c6220" } },
           m = { { "#e9eef8", "#7d879c" }, { "#cbd5ea", "#6f7a92" } }, prop = { { "#e5534b", "#8c2a25" } } },
  light = { l = { { "#3f7be0", "#1f478f" } }, r = { { "#f2a23c", "#8a5410" } },
            m = { { "#b9c2d3", "#56617a" }, { "#a5b0c5", "#4e5972" } }, prop = { { "#e5534b", "#8c2a25" } } },
}

-- m/s^2 at most; what has none is on Earth.
local LIGHTEST = { { 3, "moon" }, { 6, "mars" } }

function colours.world_of(head)
  if head.view == "above" then return "above" end
  for _, world in ipairs(LIGHTEST) do
    if head.gravity and head.gravity < world[1] then return world[2] end
  end
  return "earth"
end

return colours
