dofile(os.getenv("CHASE_GAME") .. "/conf.lua")
