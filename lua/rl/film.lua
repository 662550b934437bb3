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

local function wait(child)
  while true do
    local status = process.status(child)
    if status then return status end
    process.sleep(0.01)
  end
end

function film.write(path, settings)
  local ffmpeg = process.find("ffmpeg")
  if not ffmpeg then return nil, "films need ffmpeg, which is not on PATH (Debian: apt-get install ffmpeg)" end
  local canvas, message = drawing.canvas(settings.width, settings.height)
  if not canvas then return nil, message end
  local kind, unfinished = path:match("%.gif$") and "gif" or "mp4", core.write_path(path) .. ".part"
  local log = unfinished .. ".log"
  os.remove(log)
  local child, pipe = process.spawn(arguments(ffmpeg, unfinished, kind, settings), log, true)
  if not child then return nil, pipe end
  local called, fed, reason = pcall(feed, settings, canvas, pipe)
  process.close(pipe)
  if not called then process.stop(child) end
  local status = wait(child)
  local said = (read_text(log) or ""):gsub("%s+$", "")
  os.remove(log)
  if called and fed and status == 0 then
    local ok, failure = os.rename(unfinished, path)
    return ok, failure
  end
  os.remove(unfinished)
  if not called then error(fed, 0) end
  return nil, said ~= "" and "ffmpeg: " .. said or reason or ("ffmpeg ended with status %d"):format(status)
end

return film
