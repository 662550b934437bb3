-- Films of drawings through ffmpeg, where it is: GIF, or MP4 for all else.
--
--   film.write(path, { width =, height =, rate = 50, count = 500, frame = function(i) return drawing end })
--     -> true | nil, message
--
-- The file is there as a whole or not at all.
local core = require "rl.core"
local drawing = require "rl.drawing"
local process = require "rl.process"
local read_text = require("rl.runs").read_text

local film = {}

local PALETTE = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"

local function arguments(ffmpeg, path, kind, settings)
  local words = { ffmpeg, "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr0",
                  "-video_size", ("%dx%d"):format(settings.width, settings.height),
                  "-framerate", core.format("%.6g", settings.rate), "-i", "pipe:0" }
  local function add(...) for _, word in ipairs { ... } do words[#words + 1] = word end end
  if kind == "gif" then
    add("-filter_complex", PALETTE, "-f", "gif")
  else -- what every browser and every slide plays
    add("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-movflags", "+faststart", "-f", "mp4")
  end
  add("file:" .. path)
  return words
end

-- Draws and feeds all frames. true, or nil and a message.
local function feed(settings, canvas, pipe)
  for i = 1, settings.count do
    canvas:draw(settings.frame(i))
    local ok, message = process.write(pipe, canvas:pixels())
    if not ok then return nil, message end
  end
  return true
end

-- Its exit status.
local function wait(child)
  while true do
    local status = process.status(child)
    if status then return status end
    process.sleep(0.01)
  end
end

-- A new folder beside the film, for what is not whole yet; nil and a message.
local function make_place(path)
  local there, reason = core.list_directory(path:match("^(.*/)[^/]*$") or ".", true)
  if not there then return nil, ("cannot write %s: %s"):format(path, reason) end
  for n = 1, 1000 do
    local place = ("%s.part%d"):format(path, n)
    local ok, message, exists = core.make_directory(place, true)
    if ok then return place end
    if not exists then return nil, message end
  end
  return nil, ("there are too many folders %s.part..."):format(path)
end

function film.write(path, settings)
  local ffmpeg = process.find("ffmpeg")
  if not ffmpeg then return nil, "films need ffmpeg, which is not on PATH (Debian: apt-get install ffmpeg)" end
  local canvas, message = drawing.canvas(settings.width, settings.height)
  if not canvas then return nil, message end
  local place, trouble = make_place(path)
  if not place then return nil, trouble end
  local unfinished, log = place .. "/film", place .. "/messages"
  local words = arguments(ffmpeg, unfinished, path:match("%.gif$") and "gif" or "mp4", settings)
  local child, pipe = process.spawn(words, log, true)
  local called, fed, reason, status = true, nil, pipe, nil
  if child then
    called, fed, reason = pcall(feed, settings, canvas, pipe)
    process.close(pipe)
    if not called then process.stop(child, 9) end -- at once: it would encode what it has
    status = wait(child)
  end
  local ok, said = called and fed and status == 0, (read_text(log) or ""):gsub("%s+$", "")
  if ok then ok, reason = os.rename(core.write_path(unfinished), core.write_path(path)) end
  for _, left in ipairs { unfinished, log, place } do os.remove(core.write_path(left)) end
  if not called then error(fed, 0) end
  if ok then return true end
  return nil, said ~= "" and "ffmpeg: " .. said or reason or ("ffmpeg ended with status %d"):format(status)
end

return film
