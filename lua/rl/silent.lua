-- In the place of what writes or shows, on all ranks but the first: any method of it does nothing, and all is well.
local function nothing() return true end

return setmetatable({}, { __index = function() return nothing end })
